(() => {
  const POLL_MS = 500;
  const PATIENCE_MS = 4_000;
  const GONE = 'The sandbox does not respond; it was probably stopped';
  const numbers = new Intl.NumberFormat('en');
  const clock = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  });
  const element = (id) => document.getElementById(id);
  const rowsByCohort = new Map();
  let selected = null;
  let shownRequests = '';
  let shownJobs = '';
  let shownMembers = '';

  /** Adds text only as text: names and paths come from outside. */
  function create(tag, className, ...content) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...content);
    return node;
  }

  /** Does not touch a node that shows the text already, so that a selection in it survives. */
  function show(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  function count(n, one, many = `${one}s`) {
    return `${numbers.format(n)} ${n === 1 ? one : many}`;
  }

  function showNumber(node, n) {
    show(node, numbers.format(n));
    node.classList.toggle('zero', n === 0);
  }

  function showTotals({ totals, cohorts, faults }) {
    let members = 0;
    for (const cohort of cohorts) members += cohort.size;
    let refused = 0;
    for (const [status, n] of Object.entries(totals.byStatus)) {
      if (!status.startsWith('2')) refused += n;
    }
    showNumber(element('total-cohorts'), cohorts.length);
    showNumber(element('total-members'), members);
    showNumber(element('total-requests'), totals.requests);
    showNumber(element('total-refused'), refused);
    showNumber(element('in-flight'), totals.inFlight);
    show(element('max-in-flight'), `peak ${numbers.format(totals.maxInFlight)}`);
    show(element('faults'), faults === 0 ? '' : `${count(faults, 'fault')} pending`);
  }

  function select(cohortId) {
    selected = cohortId;
    shownMembers = '';
    for (const [id, { button }] of rowsByCohort) button.ariaExpanded = String(id === cohortId);
    showMembers().catch(() => showState('gone', GONE));
  }

  function createCohortRow(cohortId) {
    const button = create('button', 'mono', cohortId);
    button.type = 'button';
    button.ariaExpanded = 'false';
    button.addEventListener('click', () => {
      select(selected === cohortId ? null : cohortId);
    });
    const name = create('td', 'text');
    const cells = ['size', 'userIds', 'deviceIds', 'aliases', 'requests'].map((field) => {
      return { field, cell: create('td', 'number') };
    });
    const row = create('tr', '', create('td', 'text', button), name);
    for (const { cell } of cells) row.append(cell);
    return { row, button, name, cells };
  }

  function showCohorts(cohorts) {
    const body = element('cohort-rows');
    const gone = new Set(rowsByCohort.keys());
    cohorts.forEach((cohort, index) => {
      gone.delete(cohort.cohortId);
      let entry = rowsByCohort.get(cohort.cohortId);
      if (entry === undefined) {
        entry = createCohortRow(cohort.cohortId);
        rowsByCohort.set(cohort.cohortId, entry);
      }
      show(entry.name, cohort.name);
      for (const { field, cell } of entry.cells) showNumber(cell, cohort[field]);
      if (body.children[index] !== entry.row)
        body.insertBefore(entry.row, body.children[index] ?? null);
    });
    for (const cohortId of gone) {
      rowsByCohort.get(cohortId).row.remove();
      rowsByCohort.delete(cohortId);
    }
    element('cohorts').hidden = cohorts.length === 0;
    element('empty').hidden = cohorts.length > 0;
  }

  function answer(status) {
    let kind = 'bad';
    if (status !== null && status < 300) kind = 'good';
    else if (status === 423 || status === 429) kind = 'warn';
    return create('span', `answer ${kind}`, status === null ? 'no response' : String(status));
  }

  function carriesText({ path, identifiers, remove }) {
    if (path.endsWith('/cohorts')) return 'names the cohort';
    const { userIds, deviceIds, aliases } = identifiers;
    const parts = [];
    if (userIds > 0) parts.push(count(userIds, 'user id'));
    if (deviceIds > 0) parts.push(count(deviceIds, 'device id'));
    if (aliases > 0) parts.push(count(aliases, 'alias', 'aliases'));
    if (parts.length === 0) return '';
    return `${remove ? 'removes' : 'adds'} ${parts.join(', ')}`;
  }

  function tookText(ms) {
    return ms < 10_000 ? `${numbers.format(ms)} ms` : `${numbers.format(Math.round(ms / 1_000))} s`;
  }

  function carries(request) {
    const tags = request.warnings.map((warning) => create('span', 'tag', warning));
    if (request.fault !== undefined) tags.push(create('span', 'tag', `fault: ${request.fault}`));
    return create('td', 'text', carriesText(request), ' ', ...tags);
  }

  function timeCell(text) {
    const cell = create('td', 'soft number', clock.format(new Date(text)));
    cell.title = text;
    return cell;
  }

  function requestRow(request) {
    return create(
      'tr',
      '',
      timeCell(request.at),
      create('td', 'nowrap', answer(request.status)),
      create('td', 'mono nowrap', request.path),
      create('td', 'mono text', request.cohortId ?? ''),
      carries(request),
      create('td', 'number nowrap', tookText(request.durationMs)),
    );
  }

  function showRequests(requests) {
    const current = JSON.stringify(requests);
    if (current === shownRequests) return;
    shownRequests = current;
    element('request-rows').replaceChildren(...requests.map(requestRow));
    element('requests').hidden = requests.length === 0;
  }

  function jobRow(job) {
    const kind = { success: 'good', error: 'bad', killed: 'bad' }[job.status] ?? 'warn';
    return create(
      'tr',
      '',
      timeCell(job.createdAt),
      create('td', 'nowrap', create('span', `answer ${kind}`, job.status)),
      create('td', 'mono nowrap', job.jobId),
      create('td', 'nowrap', job.type),
      create('td', 'mono nowrap', job.database),
      create('td', 'mono text', job.savedQuery ?? job.query),
      create('td', 'number nowrap', job.records === null ? '' : numbers.format(job.records)),
    );
  }

  function showJobs(jobs) {
    const current = JSON.stringify(jobs);
    if (current === shownJobs) return;
    shownJobs = current;
    element('job-rows').replaceChildren(...jobs.map(jobRow));
    element('jobs').hidden = jobs.length === 0;
  }

  function memberList(title, total, texts) {
    const label =
      total > texts.length
        ? `${title}: first ${texts.length} of ${numbers.format(total)}`
        : `${title}: ${numbers.format(total)}`;
    const list = create('ol', 'mono', ...texts.map((text) => create('li', '', text)));
    return create('div', '', create('h3', '', label), list);
  }

  async function showMembers() {
    const section = element('members');
    section.hidden = selected === null;
    if (selected === null) return;
    const asked = selected;
    const response = await ask(`/sandbox/cohorts/${encodeURIComponent(asked)}/preview`);
    if (selected !== asked) return;
    if (response.status === 404) return select(null);
    const text = await response.text();
    if (selected !== asked || text === shownMembers) return;
    shownMembers = text;
    const { name, size, userIds, deviceIds, aliases, first } = JSON.parse(text);
    show(element('members-title'), `${name}: ${count(size, 'member')}`);
    const lists = [];
    if (userIds > 0) lists.push(memberList('User ids', userIds, first.userIds));
    if (deviceIds > 0) lists.push(memberList('Device ids', deviceIds, first.deviceIds));
    if (aliases > 0) {
      const texts = first.aliases.map((alias) => `${alias.alias_label}: ${alias.alias_name}`);
      lists.push(memberList('Aliases', aliases, texts));
    }
    element('member-lists').replaceChildren(...lists);
  }

  function ask(path) {
    return fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  function showState(state, text) {
    element('state').dataset.state = state;
    show(element('state'), text);
    document.body.classList.toggle('gone', state === 'gone');
  }

  function showExample(partnerName) {
    show(
      element('example'),
      `braze:\n  main:\n    restEndpoint: ${location.origin}\n    partnerName: ${partnerName}\n    partnerApiKey: \${BRAZE_PARTNER_API_KEY}\n    dataImportKey: \${BRAZE_DATA_IMPORT_KEY}`,
    );
  }

  async function poll() {
    try {
      const response = await ask('/sandbox/overview');
      if (!response.ok) throw new Error(`status ${response.status}`);
      const overview = await response.json();
      showExample(overview.partnerName);
      showTotals(overview);
      showCohorts(overview.cohorts);
      showRequests(overview.requests);
      showJobs(overview.jobs);
      if (selected !== null) await showMembers();
      const since = new Date(overview.startedAt).toLocaleTimeString('en-GB');
      showState('live', `Running since ${since}`);
    } catch {
      showState('gone', GONE);
    }
    setTimeout(poll, POLL_MS);
  }

  element('members-close').addEventListener('click', () => select(null));
  void poll();
})();
