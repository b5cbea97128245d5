/**
 * Node reads files and looks names up on four threads, and a file system that hangs keeps one for each
 * read. With more of them, what is healthy still gets its turn. Imported before anything reads a file.
 */
process.env.UV_THREADPOOL_SIZE ??= '64';
