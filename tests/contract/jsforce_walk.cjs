// Does with the emulated org what jsforce can do, and prints what came of it as one line of JSON.
// Arguments: the folder that holds node_modules, the org's address, and the client's id and secret.
const path = require('path');

const [home, instanceUrl, clientId, clientSecret] = process.argv.slice(2);
const { Connection } = require(path.join(home, 'node_modules', 'jsforce'));

async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    return { refused: error.errorCode || error.name, message: error.message };
  }
}

async function walk() {
  const version = '66.0';
  const conn = new Connection({ instanceUrl, version, oauth2: { loginUrl: instanceUrl, clientId, clientSecret } });
  const user = await conn.authorize({ grant_type: 'client_credentials' });
  const said = { user };
  const lead = (n) => ({ LastName: `Möss ${n}`, Company: 'Reynholm', HubSpot_Id__c: `h-${n}` });

  said.created = await conn.sobject('Lead').create(lead(1));
  said.several = await conn.sobject('Lead').create([lead(2), { Company: 'nobody' }], { allOrNone: false });
  said.upserted = await conn.sobject('Lead').upsert({ ...lead(1), Title: 'Boss' }, 'HubSpot_Id__c');
  said.upserts = await conn.sobject('Lead').upsert([lead(2), lead(3)], 'HubSpot_Id__c', { allOrNone: false });
  said.updated = await conn.sobject('Lead').update({ Id: said.created.id, City: 'Bremen' });
  said.one = await conn.sobject('Lead').retrieve(said.created.id);
  said.described = (await conn.sobject('Lead').describe()).fields.length;
  said.objects = (await conn.describeGlobal()).sobjects.map((each) => each.name);
  said.limits = await conn.request(`/services/data/v${version}/limits`);
  said.usage = conn.limitInfo;
  said.identity = await attempt(() => conn.request('/services/oauth2/userinfo'));

  const names = conn.sobject('Lead').find({ Company: 'Reynholm', LastName: { $like: 'Möss%' } }, ['Id', 'LastName']);
  said.found = (await names.sort({ LastName: 1 }).limit(2)).map((each) => each.LastName);
  const all = [];
  const query = conn.query("SELECT Id, Owner.Name FROM Lead WHERE LastName LIKE 'L%' ORDER BY Id");
  await new Promise((resolve, reject) => {
    query.on('record', (row) => all.push(row)).on('end', resolve).on('error', reject);
    query.run({ autoFetch: true, maxFetch: 10000 });
  });
  said.fetched = all.length;
  said.malformed = await attempt(() => conn.query('SELECT Id FROM Lead WHERE'));
  said.composite = await conn.requestPost(`/services/data/v${version}/composite`, {
    allOrNone: false,
    compositeRequest: [
      { method: 'GET', url: `/services/data/v${version}/sobjects/Lead/${said.created.id}?fields=Id`, referenceId: 'a' },
      { method: 'PATCH', url: `/services/data/v${version}/sobjects/Lead/@{a.Id}`, referenceId: 'b', body: { Title: 'CEO' } },
    ],
  });

  conn.bulk2.pollInterval = 20;
  const input = [lead(4), { ...lead(5), LastName: '' }];
  const job = { object: 'Lead', operation: 'upsert', externalIdFieldName: 'HubSpot_Id__c', input };
  said.bulk = await conn.bulk2.loadAndWaitForResults(job);
  const rows = await (await conn.bulk2.query("SELECT Id, LastName FROM Lead WHERE City = 'Bremen'")).toArray();
  said.bulkRows = rows;
  said.deleted = await conn.sobject('Lead').destroy(said.created.id);
  said.gone = await attempt(() => conn.sobject('Lead').retrieve(said.created.id));
  const span = [new Date(Date.now() - 3600e3).toISOString(), new Date(Date.now() + 3600e3).toISOString()];
  said.feed = await conn.sobject('Lead').deleted(...span);
  return said;
}

walk().then(
  (said) => console.log(JSON.stringify(said)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
