import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { rfc3986, signAliyun } from './aliyun.ts';
import { aliyunClass } from './error-class.ts';
import { huaweiHeaders } from './huawei.ts';
import { signTencent } from './tencent.ts';

test('Alibaba Cloud: the maker’s published vector', () => {
  const { canonicalHash, signature, headers } = signAliyun({
    keyId: 'YourAccessKeyId',
    secret: 'YourAccessKeySecret',
    host: 'ecs.cn-shanghai.aliyuncs.com',
    action: 'RunInstances',
    version: '2014-05-26',
    date: '2023-10-26T10:22:32Z',
    nonce: '3156853299f313e23d1673dc12e1703d',
    query: {
      RegionId: 'cn-shanghai',
      ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd',
    },
  });
  expect(canonicalHash).toBe('7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259');
  expect(signature).toBe('06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0');
  expect(headers.Authorization).toContain('Credential=YourAccessKeyId,SignedHeaders=host;');
});

test('Alibaba Cloud: SendSms with a Chinese signature and a JSON parameter', () => {
  const { canonicalHash, signature, url } = signAliyun({
    keyId: 'x',
    secret: 'testsecret',
    host: 'dysmsapi.aliyuncs.com',
    action: 'SendSms',
    version: '2017-05-25',
    date: '2026-05-01T18:03:05Z',
    nonce: `${'0'.repeat(31)}1`,
    query: {
      PhoneNumbers: '13800138000',
      SignName: '杜巷自治',
      TemplateCode: 'SMS_000000001',
      TemplateParam: '{"bldg":"12号楼","amp":"48.2","pct":"96","id":"A17"}',
      OutId: 'A17-1',
    },
  });
  expect(url).toContain('OutId=A17-1&PhoneNumbers=13800138000&SignName=%E6%9D%9C%E5%B7%B7');
  expect(canonicalHash).toBe('088c36efc85f365159516258778e559785d2aa81d8e102e9016d800b81b35a81');
  expect(signature).toBe('1a7e65dccb42544ce3449d1bc52669018d32716093b3e98e61a4659b613ff752');
});

test('Tencent Cloud: the maker’s published vector; its secret is 32 asterisks, literally', () => {
  const { canonicalHash, signature } = signTencent({
    secretId: 'x',
    secret: '*'.repeat(32),
    host: 'cvm.tencentcloudapi.com',
    service: 'cvm',
    action: 'DescribeInstances',
    version: '2017-03-12',
    region: 'ap-guangzhou',
    timestampS: 1_551_113_065,
    contentType: 'application/json; charset=utf-8',
    body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
  });
  expect(canonicalHash).toBe('7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84');
  expect(signature).toBe('10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f');
});

test('Tencent Cloud: SendSms', () => {
  const body =
    '{"PhoneNumberSet":["+8613800138000"],"SmsSdkAppId":"1400006666","SignName":"杜巷自治","TemplateId":"1110","TemplateParamSet":["12号楼","48.2","96","A17"],"SessionContext":"A17-1"}';
  expect(createHash('sha256').update(body).digest('hex')).toBe(
    '2f5f3abefa637d37496bb18fe0765a5a7f05f1cfec8db528f40da06220a4fd95',
  );
  const { canonicalHash, signature } = signTencent({
    secretId: 'x',
    secret: 'testsecret',
    host: 'sms.tencentcloudapi.com',
    service: 'sms',
    action: 'SendSms',
    version: '2021-01-11',
    region: 'ap-guangzhou',
    timestampS: 1_777_658_585,
    contentType: 'application/json; charset=utf-8',
    body,
  });
  expect(canonicalHash).toBe('6a3d6ca7126678234a9ef49b1acd5b2b614b3736e21751df1a0024cda4f691f7');
  expect(signature).toBe('b0f6846e99e281536900e70445b6bc9a36a2f58b9088d8c29351c37382c3894a');
});

test('Huawei Cloud: the digest is over nonce, time and secret, in that order', () => {
  const headers = huaweiHeaders({
    appKey: 'app',
    appSecret: 'secret',
    nonce: 'abc',
    created: '2026-05-01T18:03:05Z',
  });
  const digest = createHash('sha256').update('abc2026-05-01T18:03:05Zsecret').digest('base64');
  expect(headers['X-WSSE']).toBe(
    `UsernameToken Username="app",PasswordDigest="${digest}",Nonce="abc",Created="2026-05-01T18:03:05Z"`,
  );
});

test('RFC 3986 leaves only letters, digits and four signs as they are', () => {
  expect(rfc3986("a-_.~!*'() 杜")).toBe('a-_.~%21%2A%27%28%29%20%E6%9D%9C');
});

test('codes of the table have their class; an unknown one is tried again', () => {
  expect(aliyunClass('isv.AMOUNT_NOT_ENOUGH')).toBe('account');
  expect(aliyunClass('isv.SMS_TEMPLATE_ILLEGAL')).toBe('template');
  expect(aliyunClass('isv.NEW_CODE')).toBe('transient');
});
