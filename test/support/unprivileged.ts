/** A user without rights; any number will do. */
const NOBODY = 65_534;

/** Does work with the permissions of an ordinary user, who is not this one where this one is root. */
export async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return await work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
