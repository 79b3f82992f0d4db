// Drives the embedded instance with the npm package servicenow-rest-api, unmodified, over HTTPS. Its README says that an
// instance with a dot is a host of one's own; the authority is the one of NODE_EXTRA_CA_CERTS.
'use strict';

const assert = require('node:assert/strict');
const ServiceNow = require('servicenow-rest-api');
const { version } = require('servicenow-rest-api/package.json');

const { INSTANCE_HTTPS, INSTANCE_USERNAME, INSTANCE_PASSWORD } = process.env;
const host = new URL(INSTANCE_HTTPS).host;
const ADMIN = '6816f79cc0a8016401c5a33be04be441';
// Below the deadline of the test that runs this.
const DEADLINE_MS = 100_000;

// The package prints each URL that it asks for; the checks print with this.
const print = console.log;
console.log = () => {};

const connected = (password = INSTANCE_PASSWORD) => new ServiceNow(host, INSTANCE_USERNAME, password);

/** What a method gives its callback: the result, or the error itself. */
const call = (client, method, ...parameters) =>
  new Promise((resolve) => client[method](...parameters, resolve));

/** The same where it must not be an error. */
async function got(client, method, ...parameters) {
  const answer = await call(client, method, ...parameters);
  if (answer instanceof Error) throw new Error(`${method}: ${answer.message}`);
  return answer;
}

/** The status and envelope of the error that a method gives its callback. */
async function refused(client, method, ...parameters) {
  const answer = await call(client, method, ...parameters);
  assert.ok(answer instanceof Error, `${method} succeeded: ${JSON.stringify(answer)}`);
  return [answer.response.status, answer.response.data.error];
}

/** The package cannot upload; this is a plain request. */
async function upload(record, name, type, content) {
  const authorization = `Basic ${Buffer.from(`${INSTANCE_USERNAME}:${INSTANCE_PASSWORD}`).toString('base64')}`;
  const query = new URLSearchParams({ table_name: 'incident', table_sys_id: record, file_name: name });
  const response = await fetch(`${INSTANCE_HTTPS}/api/now/attachment/file?${query}`, {
    method: 'POST',
    headers: { authorization, 'content-type': type },
    body: content,
  });
  assert.equal(response.status, 201);
  return (await response.json()).result;
}

/** A new incident that is deleted at the end, whatever happens. */
async function withIncident(data, use) {
  const client = connected();
  const record = await got(client, 'createNewTask', data, 'incident');
  try {
    return await use(client, record);
  } finally {
    await call(client, 'DeleteTask', 'incident', record.number);
  }
}

const numbers = (rows) => rows.map((row) => row.number).sort();

const checks = {
  async authenticate() {
    // It takes no callback and tells the console alone.
    const told = await new Promise((resolve) => {
      console.log = resolve;
      connected().Authenticate();
    });
    console.log = () => {};
    assert.equal(told, 'Authenticated');
    return told;
  },

  async sampleData() {
    const [row] = await got(connected(), 'getSampleData', 'sys_user');
    assert.equal(row.sys_id.length, 32);
    assert.equal(typeof row.active, 'string');
    return `${Object.keys(row).length} fields`;
  },

  async tableData() {
    const fields = ['number', 'priority', 'state', 'caller_id', 'caller_id.name', 'short_description'];
    const all = await got(connected(), 'getTableData', fields, [], 'incident');
    assert.deepEqual(Object.keys(all[0]).sort(), [...fields].sort());
    // Display values, and links for references.
    assert.match(all[0].priority, /^[1-5] - /);
    assert.equal(all[0].caller_id.display_value, all[0]['caller_id.name']);
    assert.match(
      all[0].caller_id.link,
      new RegExp(`^${INSTANCE_HTTPS}/api/now/v2/table/sys_user/[0-9a-f]{32}$`),
    );

    const wanted = all.filter((row) => row.priority === '3 - Moderate' && row.state !== 'Closed');
    assert.ok(wanted.length > 0 && wanted.length < all.length);
    const found = await got(connected(), 'getTableData', fields, ['priority=3', 'state!=7'], 'incident');
    assert.deepEqual(numbers(found), numbers(wanted));

    const ordered = await got(connected(), 'getTableData', ['number'], ['ORDERBYDESCnumber'], 'incident');
    assert.deepEqual(
      ordered.map((row) => row.number),
      numbers(all).reverse(),
    );
    return `${wanted.length} of ${all.length}`;
  },

  async filtersOfTheReadme() {
    return withIncident({ short_description: 'Just opened', urgency: '1 - High' }, async (client, record) => {
      const fields = ['number', 'urgency', 'active'];
      const span = 'Last 6 months@javascript:gs.beginningOfLast6Months()@javascript:gs.endOfLast6Months()';
      const among = (...filters) =>
        got(client, 'getTableData', fields, ['urgency=1', 'active=true', ...filters], 'incident');
      const [found, others, all] = [
        await among(`opened_atON${span}`),
        await among(`opened_atNOTON${span}`),
        await among(),
      ];
      assert.ok(numbers(found).includes(record.number));
      assert.ok(found.every((row) => row.urgency === '1 - High' && row.active === 'true'));
      assert.deepEqual(numbers([...found, ...others]), numbers(all));
      return `${found.length} of ${all.length}`;
    });
  },

  async sysId() {
    const all = await got(connected(), 'getTableData', ['sys_id', 'number'], ['ORDERBYnumber'], 'incident');
    assert.equal(await got(connected(), 'getSysId', 'incident', all[7].number), all[7].sys_id);
    return all[7].sys_id;
  },

  async createUpdateDelete() {
    const data = {
      short_description: 'By servicenow-rest-api',
      urgency: '1 - High',
      impact: '2 - Medium',
      caller_id: 'Joe Employee',
      assignment_group: 'Network',
    };
    return withIncident(data, async (client, record) => {
      // What is sent are display values: labels of choices, names of records.
      assert.equal(record.urgency, '1 - High');
      assert.equal(record.priority, '2 - High');
      assert.equal(record.caller_id.display_value, 'Joe Employee');
      assert.equal(record.assignment_group.display_value, 'Network');
      assert.equal(record.opened_by.display_value, 'System Administrator');

      const changed = await got(client, 'UpdateTask', 'incident', record.number, {
        urgency: '3 - Low',
        state: 'In Progress',
      });
      assert.deepEqual(
        [changed.urgency, changed.state, changed.priority],
        ['3 - Low', 'In Progress', '4 - Low'],
      );
      assert.equal(changed.sys_mod_count, '1');

      const deleted = await got(client, 'DeleteTask', 'incident', record.number);
      assert.equal(deleted.status, 204);
      const left = await got(client, 'getTableData', ['number'], [`number=${record.number}`], 'incident');
      assert.deepEqual(left, []);
      return record.number;
    });
  },

  async attachments() {
    return withIncident({ short_description: 'Files' }, async (client, record) => {
      const first = await upload(record.sys_id, 'one.txt', 'text/plain', 'the first');
      await upload(record.sys_id, 'two.json', 'application/json', '{"two":2}');
      const described = await got(client, 'getAttachmentMetaData', first.sys_id);
      assert.deepEqual(
        [described.file_name, described.content_type, described.size_bytes, described.table_sys_id],
        ['one.txt', 'text/plain', '9', record.sys_id],
      );
      // A condition that is a parameter of its own, not in sysparm_query.
      const all = await got(client, 'getAllAttachmentsMetaData', record.sys_id);
      assert.deepEqual(all.map((each) => each.file_name).sort(), ['one.txt', 'two.json']);
      const file = await got(client, 'getAttachment', first.sys_id);
      assert.equal(file.data, 'the first');
      assert.match(file.headers['content-type'], /^text\/plain/);
      assert.equal(JSON.parse(file.headers['x-attachment-metadata']).sys_id, first.sys_id);
      return described.download_link;
    });
  },

  async changeTasks() {
    const changes = await got(connected(), 'getTableData', ['sys_id', 'number'], [], 'change_request');
    const parents = await got(
      connected(),
      'getTableData',
      ['change_request'],
      ['change_requestISNOTEMPTY'],
      'change_task',
    );
    const parent = changes.find((row) =>
      parents.some((task) => task.change_request.link.endsWith(row.sys_id)),
    );
    const expected = await got(
      connected(),
      'getTableData',
      ['number'],
      [`change_request=${parent.sys_id}`],
      'change_task',
    );
    assert.ok(expected.length > 0);
    // By sys_id, and, as the README has it, by number: a parameter takes a display value, too.
    for (const named of [parent.sys_id, parent.number]) {
      const found = await got(connected(), 'getChangeTasks', 'change_task', named);
      assert.deepEqual(numbers(found), numbers(expected), named);
    }
    return `${expected.length} of ${parent.number}`;
  },

  async errors() {
    const unknown = await refused(connected(), 'getTableData', [], [], 'no_such_table');
    assert.deepEqual(unknown, [400, { message: 'Invalid table no_such_table', detail: null }]);
    const wrong = await refused(connected('wrong'), 'getSampleData', 'incident');
    const detail = { message: 'User Not Authenticated', detail: 'Required to provide Auth information' };
    assert.deepEqual(wrong, [401, detail]);
    const missing = await refused(connected(), 'getAttachmentMetaData', 'ab'.repeat(16));
    assert.equal(missing[0], 404);
    return unknown[1].message;
  },

  // Last, as it changes the connections of all clients, and cannot be undone.
  async networkOptions() {
    const client = connected();
    client.setNetworkOptions({ headers: { 'X-Compat': 'yes' }, timeout: 10_000 });
    const [admin] = await got(client, 'getTableData', ['user_name'], [`sys_id=${ADMIN}`], 'sys_user');
    assert.equal(admin.user_name, 'admin');
    return admin.user_name;
  },
};

async function main() {
  setTimeout(() => {
    print('FAIL   a check waits for ever');
    process.exit(1);
  }, DEADLINE_MS).unref();
  print(`servicenow-rest-api ${version} against ${INSTANCE_HTTPS}`);
  let [passed, failed] = [0, 0];
  for (const [name, check] of Object.entries(checks)) {
    try {
      print(`ok     ${name}: ${JSON.stringify(await check())}`);
      passed += 1;
    } catch (error) {
      print(`FAIL   ${name}: ${error.stack}`);
      failed += 1;
    }
  }
  print(`${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

main();
