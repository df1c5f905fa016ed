import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from './roles.ts';
import {
  type ConsoleTrial,
  chairOf,
  createConsoleTrial,
  memberOf,
  type Visitor,
  visitor,
} from './trial.ts';

/**
 * Who may call what, as the committee would sign it: a new route needs a line here.
 * duty Chair property grid installer maintainer auditor; `member` is everybody who is logged in, `anyone` also who is not.
 */
const matrix = `
GET    /session                        anyone
POST   /session                        anyone
DELETE /session                        member
POST   /setup                          anyone
POST   /password                       anyone
POST   /password/change                member
POST   /factor                         member
POST   /factor/confirm                 member
POST   /factor/remove                  member
GET    /accounts                       chair
POST   /accounts                       chair
POST   /accounts/:name                 chair
POST   /accounts/:name/code            chair
POST   /accounts/:name/factor/remove   chair
GET    /duty                           duty chair property grid
GET    /alerts                         duty chair property grid
GET    /alerts/:id                     duty chair property grid
POST   /alerts/:id/actions             duty chair property
GET    /stream                         duty chair property grid
GET    /points                         duty chair installer
GET    /points/:id/curve               duty chair installer
GET    /points/:id/week                duty chair installer
GET    /devices                        duty chair installer maintainer
GET    /lanes                          duty chair property
POST   /lanes/:id/open                 chair property
POST   /lanes/:id/plates               chair property
POST   /devices/:id/time               chair installer
GET    /strangers                      duty chair installer maintainer
POST   /strangers/:name                chair installer
GET    /reports                        duty chair grid auditor
GET    /reports/:kind/:day             duty chair grid auditor
GET    /board                          duty chair grid auditor
GET    /board/page                     duty chair grid auditor
POST   /board/:month/marks             duty chair
POST   /board/:month/release           chair grid
GET    /cases                          duty chair grid
GET    /cases/:id                      duty chair grid
GET    /cases/:id/notice               duty chair grid
POST   /cases/:id/steps                duty chair grid
POST   /alerts/:id/case                duty chair grid
GET    /roster                         duty chair property
GET    /roster/ladder                  duty chair property
POST   /roster                         chair
POST   /roster/swap                    duty chair
GET    /maintenance                    duty chair installer maintainer
POST   /maintenance                    chair installer maintainer
POST   /maintenance/:id/end            chair installer maintainer
POST   /calendar                       chair
DELETE /calendar/:id                   chair
POST   /drill                          chair
POST   /drill/end                      chair
GET    /rules                          duty chair maintainer auditor
POST   /rules/:id/replay               chair maintainer
GET    /replay                         chair maintainer
DELETE /replay                         chair maintainer
GET    /privacy                        chair grid auditor
POST   /holds                          chair
POST   /requests                       chair
POST   /requests/:id/close             chair
POST   /consents                       chair
POST   /holds/:id/approve              chair grid
POST   /holds/:id/lift                 chair
GET    /system                         chair installer maintainer
GET    /openapi.json                   anyone
`;

const lines = matrix
  .trim()
  .split('\n')
  .map((line) => {
    const [method = '', url = '', ...who] = line.split(/\s+/);
    return { method, url, who };
  });

let trial: ConsoleTrial;
const people = new Map<string, Visitor>();
beforeAll(async () => {
  trial = await createConsoleTrial();
  const chair = await chairOf(trial);
  people.set('chair', chair);
  for (const role of roles) {
    if (role !== 'chair') people.set(role, await memberOf(trial, chair, role));
  }
  people.set('anonymous', visitor(trial));
});
afterAll(() => trial.close());

test('every route of the API is in the matrix, and every line of it is a route', () => {
  const registered = trial.console.routes
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, url }) => `${method} ${url.replace('/api/v1', '')}`);
  expect(registered.sort()).toEqual(lines.map(({ method, url }) => `${method} ${url}`).sort());
});

const all = ['anonymous', ...roles];
for (const { method, url, who } of lines) {
  // These end what the others need, or stay open; they have tests of their own.
  if (`${method} ${url}` === 'DELETE /session') continue;
  test(`${method} ${url} lets in ${who.join(', ')} and nobody else`, async () => {
    for (const role of all) {
      const allowed =
        who.includes('anyone') ||
        who.includes(role) ||
        (who.includes('member') && role !== 'anonymous');
      const path = url.replaceAll(/:\w+/g, '999');
      const person = people.get(role);
      if (method === 'GET' && url === '/stream' && allowed) continue;
      const answer = await person?.ask(method as 'GET', path, method === 'GET' ? undefined : {});
      const { code } = answer?.headers['content-type']?.toString().includes('json')
        ? answer.json()
        : { code: undefined };
      const refused = code === 'LOGIN' ? 'LOGIN' : code === 'ROLE' ? 'ROLE' : 'in';
      const expected = allowed ? 'in' : role === 'anonymous' ? 'LOGIN' : 'ROLE';
      expect([role, refused]).toEqual([role, expected]);
      if (refused !== 'in') expect(answer?.status).toBe(refused === 'LOGIN' ? 401 : 403);
    }
  });
}
