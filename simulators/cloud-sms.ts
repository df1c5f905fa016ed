import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An SMS that a simulated provider has accepted. */
export interface CloudSms {
  readonly number: string;
  readonly template: string;
  readonly signName: string;
  /** Values by name, or in order where the provider knows no names. */
  readonly values: Readonly<Record<string, string>> | readonly string[];
  readonly id: string;
}

export interface CloudSmsProvider {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly accepted: readonly CloudSms[];
  /** What the next calls get instead: a code of the provider, an HTTP status, `hang` or `hang after` accepting. */
  readonly script: (string | number)[];
  stop(): Promise<void>;
}

export interface CloudSmsPlan {
  readonly kind: 'aliyun' | 'tencent' | 'huawei';
  readonly keyId: string;
  readonly secret: string;
  readonly templates: readonly string[];
  readonly nowMs: () => number;
}

/** Aliyun refuses beyond 15 minutes, Tencent beyond 5; the stricter one for all. */
const maxSkewMs = 5 * 60_000;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) =>
  createHmac('sha256', key).update(text).digest();

interface Call {
  readonly headers: IncomingMessage['headers'];
  readonly url: URL;
  readonly body: string;
}
/** Accepted, or the provider's code for why not. */
type Verdict = CloudSms | string;

/** A provider of SMS that reckons the signature from what came over the wire, as the real one does. */
export async function startCloudSms(plan: CloudSmsPlan): Promise<CloudSmsProvider> {
  const accepted: CloudSms[] = [];
  const script: (string | number)[] = [];
  const { judge, answer, ok } = providers[plan.kind];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const next = script.shift();
      if (next === 'hang') return;
      const url = new URL(request.url ?? '/', 'http://provider');
      const verdict = judge({ headers: request.headers, url, body }, plan);
      if (typeof verdict !== 'string' && (next === undefined || next === 'hang after')) {
        accepted.push(verdict);
      }
      if (next === 'hang after') return;
      if (typeof next === 'number') return response.writeHead(next).end('<html>');
      const code = next ?? (typeof verdict === 'string' ? verdict : ok);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer(code, `ref-${accepted.length}`)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted,
    script,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Provider {
  judge(call: Call, plan: CloudSmsPlan): Verdict;
  answer(code: string, reference: string): object;
  readonly ok: string;
}

const late = (atMs: number, { nowMs }: CloudSmsPlan) => !(Math.abs(nowMs() - atMs) <= maxSkewMs);
const header = ({ headers }: Call, name: string): string => String(headers[name] ?? '');

const aliyun: Provider = {
  ok: 'OK',
  answer: (code, reference) => ({ Code: code, ...(code === 'OK' ? { BizId: reference } : {}) }),
  judge(call, plan) {
    const query = call.url.search.slice(1).split('&').sort().join('&');
    const names = /SignedHeaders=([^,]+)/.exec(header(call, 'authorization'))?.[1] ?? '';
    // The host that was signed is the provider's own; behind a test it stands at another address.
    const host = 'dysmsapi.aliyuncs.com';
    const lines = names
      .split(';')
      .map((name) => `${name}:${name === 'host' ? host : header(call, name)}`);
    const canonical = ['POST', '/', query, ...lines, '', names, sha256(call.body)].join('\n');
    const signature = hmac(plan.secret, `ACS3-HMAC-SHA256\n${sha256(canonical)}`).toString('hex');
    if (!header(call, 'authorization').includes(`Signature=${signature}`))
      return 'SignatureDoesNotMatch';
    if (late(Date.parse(header(call, 'x-acs-date')), plan)) return 'InvalidTimeStamp.Expired';
    const of = (name: string) => call.url.searchParams.get(name) ?? '';
    const values: Record<string, string> = JSON.parse(of('TemplateParam'));
    if (!plan.templates.includes(of('TemplateCode'))) return 'isv.SMS_TEMPLATE_ILLEGAL';
    if (Object.values(values).some((value) => typeof value !== 'string'))
      return 'isv.INVALID_JSON_PARAM';
    if (!/^1\d{10}$/.test(of('PhoneNumbers'))) return 'isv.MOBILE_NUMBER_ILLEGAL';
    return {
      number: of('PhoneNumbers'),
      template: of('TemplateCode'),
      signName: of('SignName'),
      values,
      id: of('OutId'),
    };
  },
};

const tencent: Provider = {
  ok: 'Ok',
  answer: (code, reference) => ({
    Response: code.startsWith('AuthFailure')
      ? { Error: { Code: code, Message: '' }, RequestId: 'r' }
      : { SendStatusSet: [{ SerialNo: code === 'Ok' ? reference : '', Code: code }] },
  }),
  judge(call, { keyId, secret, templates, ...plan }) {
    const timestamp = header(call, 'x-tc-timestamp');
    const date = new Date(Number(timestamp) * 1000).toISOString().slice(0, 10);
    const signed = 'content-type;host;x-tc-action';
    const canonical = [
      'POST',
      '/',
      '',
      `content-type:${header(call, 'content-type')}`,
      'host:sms.tencentcloudapi.com',
      `x-tc-action:${header(call, 'x-tc-action').toLowerCase()}`,
      '',
      signed,
      sha256(call.body),
    ].join('\n');
    const text = `TC3-HMAC-SHA256\n${timestamp}\n${date}/sms/tc3_request\n${sha256(canonical)}`;
    const key = hmac(hmac(hmac(`TC3${secret}`, date), 'sms'), 'tc3_request');
    const expected = `Credential=${keyId}/${date}/sms/tc3_request, SignedHeaders=${signed}, Signature=${hmac(key, text).toString('hex')}`;
    if (!header(call, 'authorization').endsWith(expected)) return 'AuthFailure.SignatureFailure';
    if (late(Number(timestamp) * 1000, { keyId, secret, templates, ...plan }))
      return 'AuthFailure.SignatureExpire';
    const said = JSON.parse(call.body);
    if (!templates.includes(said.TemplateId))
      return 'FailedOperation.TemplateIncorrectOrUnapproved';
    const [number = ''] = said.PhoneNumberSet;
    if (!/^\+861\d{10}$/.test(number)) return 'InvalidParameterValue.IncorrectPhoneNumber';
    return {
      number,
      template: said.TemplateId,
      signName: said.SignName,
      values: said.TemplateParamSet,
      id: said.SessionContext,
    };
  },
};

const huawei: Provider = {
  ok: '000000',
  answer: (code, reference) => ({
    code,
    description: code === '000000' ? 'Success' : 'Failed',
    ...(code === '000000' ? { result: [{ smsMsgId: reference, status: code }] } : {}),
  }),
  judge(call, plan) {
    const wsse = header(call, 'x-wsse');
    const of = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(wsse)?.[1] ?? '';
    const digest = createHash('sha256')
      .update(of('Nonce') + of('Created') + plan.secret)
      .digest('base64');
    if (of('PasswordDigest') !== digest || of('Username') !== plan.keyId) return 'E000105';
    if (late(Date.parse(of('Created')), plan)) return 'E000110';
    if (call.url.pathname !== '/sms/batchSendSms/v1') return 'E000027';
    const form = new URLSearchParams(call.body);
    const template = form.get('templateId') ?? '';
    if (!plan.templates.includes(template)) return 'E200030';
    return {
      number: form.get('to') ?? '',
      template,
      signName: form.get('signature') ?? '',
      values: JSON.parse(form.get('templateParas') ?? '[]'),
      id: form.get('extend') ?? '',
    };
  },
};

const providers = { aliyun, tencent, huawei } as const;
