import { createHash } from 'node:crypto';

/** WSSE headers of Huawei Cloud SMS: Base64 of SHA-256 over nonce, time of creation and secret. */
export function huaweiHeaders(of: {
  readonly appKey: string;
  readonly appSecret: string;
  readonly nonce: string;
  /** `2026-05-01T18:03:05Z`. */
  readonly created: string;
}): Readonly<Record<string, string>> {
  const digest = createHash('sha256')
    .update(`${of.nonce}${of.created}${of.appSecret}`)
    .digest('base64');
  return {
    Authorization: 'WSSE realm="SDP",profile="UsernameToken",type="Appkey"',
    'X-WSSE': `UsernameToken Username="${of.appKey}",PasswordDigest="${digest}",Nonce="${of.nonce}",Created="${of.created}"`,
  };
}
