import { signAliyun } from './aliyun.ts';
import { aliyunClass, huaweiClass, tencentClass } from './error-class.ts';
import { huaweiHeaders } from './huawei.ts';
import { type CloudAccount, type CloudProvider, movedTo, textOf, utcText } from './provider.ts';
import { signTencent } from './tencent.ts';

const national = (number: string): string => number.replace(/^\+86(?=1\d{10}$)/, '');

/** Alibaba Cloud, SendSms of 2017-05-25: values by name, success is `Code: OK`. */
function aliyun({ keyId, secret, signName, url }: CloudAccount): CloudProvider {
  return {
    call: ({ number, template, values, id, nowMs, nonce }) =>
      movedTo(
        signAliyun({
          keyId,
          secret,
          host: 'dysmsapi.aliyuncs.com',
          action: 'SendSms',
          version: '2017-05-25',
          date: utcText(nowMs),
          nonce,
          query: {
            PhoneNumbers: national(number),
            SignName: signName,
            TemplateCode: template,
            TemplateParam: JSON.stringify(Object.fromEntries(values)),
            OutId: id,
          },
        }),
        url,
      ),
    read(body) {
      const code = textOf(body, 'Code');
      if (code === undefined) return null;
      return code === 'OK'
        ? { accepted: true, reference: textOf(body, 'BizId') ?? '' }
        : { accepted: false, code, class: aliyunClass(code) };
    },
  };
}

/** Tencent Cloud, SendSms of 2021-01-11: values in order, a status for each number. */
function tencent({
  keyId,
  secret,
  signName,
  appId = '',
  region,
  url,
}: CloudAccount): CloudProvider {
  return {
    call: ({ number, template, values, id, nowMs }) =>
      movedTo(
        signTencent({
          secretId: keyId,
          secret,
          host: 'sms.tencentcloudapi.com',
          service: 'sms',
          action: 'SendSms',
          version: '2021-01-11',
          region,
          timestampS: Math.floor(nowMs / 1000),
          contentType: 'application/json; charset=utf-8',
          body: JSON.stringify({
            PhoneNumberSet: [number],
            SmsSdkAppId: appId,
            SignName: signName,
            TemplateId: template,
            TemplateParamSet: values.map(([, value]) => value),
            SessionContext: id,
          }),
        }),
        url,
      ),
    read(body) {
      const answer = (body as { Response?: { Error?: unknown; SendStatusSet?: unknown[] } } | null)
        ?.Response;
      const [status] = Array.isArray(answer?.SendStatusSet) ? answer.SendStatusSet : [];
      const code = textOf(answer?.Error, 'Code') ?? textOf(status, 'Code');
      if (code === undefined) return null;
      return code === 'Ok'
        ? { accepted: true, reference: textOf(status, 'SerialNo') ?? '' }
        : { accepted: false, code, class: tencentClass(code) };
    },
  };
}

/** Huawei Cloud, batchSendSms: a form, values in order as a JSON list, success is 000000. */
function huawei({ keyId, secret, signName, sender = '', url = '' }: CloudAccount): CloudProvider {
  return {
    call({ number, template, values, id, nowMs, nonce }) {
      const body = new URLSearchParams({
        from: sender,
        to: number,
        templateId: template,
        templateParas: JSON.stringify(values.map(([, value]) => value)),
        signature: signName,
        extend: id.slice(0, 128),
      }).toString();
      return {
        url: `${url.replace(/\/$/, '')}/sms/batchSendSms/v1`,
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...huaweiHeaders({ appKey: keyId, appSecret: secret, nonce, created: utcText(nowMs) }),
        },
        body,
      };
    },
    read(body) {
      const code = textOf(body, 'code');
      if (code === undefined) return null;
      const results = (body as { result?: unknown[] }).result;
      const [first] = Array.isArray(results) ? results : [];
      // E200037: it failed, and the status of the number says why.
      const own =
        code === '000000' || code === 'E200037' ? (textOf(first, 'status') ?? code) : code;
      return own === '000000'
        ? { accepted: true, reference: textOf(first, 'smsMsgId') ?? '' }
        : { accepted: false, code: own, class: huaweiClass(own) };
    },
  };
}

/** Every provider there is. A new one is a function and a line here. */
export const cloudProviders = { aliyun, tencent, huawei } as const satisfies Readonly<
  Record<string, (account: CloudAccount) => CloudProvider>
>;
