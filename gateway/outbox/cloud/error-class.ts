/** What a cloud's refusal is about, and so what may be done. */
export type CloudClass =
  /** Not again for this number and template today. */
  | 'rate'
  /** The account's daily or monthly quota: degraded, tell the maintainer. */
  | 'quota'
  /** Money, contract: the channel is down. */
  | 'account'
  /** Signature not filed or refused: down until it is. */
  | 'config'
  /** Our template or its values: never again the same. */
  | 'template'
  /** The number is wrong. */
  | 'recipient'
  /** Key or signature: down. While the clock is not trusted it is the clock: later. */
  | 'key'
  /** Their trouble: again with the same id. */
  | 'transient';

const aliyun: Readonly<Record<string, CloudClass>> = {
  'isv.BUSINESS_LIMIT_CONTROL': 'rate',
  'isv.DAY_LIMIT_CONTROL': 'quota',
  'isv.MONTH_LIMIT_CONTROL': 'quota',
  'isv.AMOUNT_NOT_ENOUGH': 'account',
  'isv.OUT_OF_SERVICE': 'account',
  'isv.DENY_IP_RANGE': 'account',
  'isv.SMS_SIGNATURE_ILLEGAL': 'config',
  'isv.SMS_SIGN_ILLEGAL': 'config',
  'isv.SIGN_STATE_ILLEGAL': 'config',
  'isv.SMS_SIGNATURE_SCENE_ILLEGAL': 'config',
  'isv.SMS_TEMPLATE_ILLEGAL': 'template',
  'isv.TEMPLATE_MISSING_PARAMETERS': 'template',
  'isv.INVALID_JSON_PARAM': 'template',
  'isv.PARAM_LENGTH_LIMIT': 'template',
  'isv.PARAM_NOT_SUPPORT_URL': 'template',
  'isv.BLACK_KEY_CONTROL_LIMIT': 'template',
  'isv.SMS_CONTENT_ILLEGAL': 'template',
  'isv.MOBILE_NUMBER_ILLEGAL': 'recipient',
  'isp.RAM_PERMISSION_DENY': 'key',
  SignatureDoesNotMatch: 'key',
  'InvalidTimeStamp.Expired': 'key',
  'isp.SYSTEM_ERROR': 'transient',
};

/** The class of an Alibaba Cloud code other than OK. What nobody has seen yet is tried again. */
export const aliyunClass = (code: string): CloudClass => aliyun[code] ?? 'transient';

const tencent: Readonly<Record<string, CloudClass>> = {
  'LimitExceeded.PhoneNumberDailyLimit': 'rate',
  'LimitExceeded.PhoneNumberOneHourLimit': 'rate',
  'LimitExceeded.PhoneNumberSameContentDailyLimit': 'rate',
  'LimitExceeded.PhoneNumberThirtySecondLimit': 'transient',
  'LimitExceeded.AppDailyLimit': 'quota',
  'FailedOperation.InsufficientBalanceInSmsPackage': 'account',
  'FailedOperation.SignatureIncorrectOrUnapproved': 'config',
  'FailedOperation.TemplateIncorrectOrUnapproved': 'template',
  'FailedOperation.TemplateParamSetNotMatchApprovedTemplate': 'template',
  'FailedOperation.ContainSensitiveWord': 'template',
  'InvalidParameterValue.IncorrectPhoneNumber': 'recipient',
  'FailedOperation.PhoneNumberInBlacklist': 'recipient',
  'UnauthorizedOperation.RequestIpNotInWhitelist': 'config',
  'UnauthorizedOperation.RequestPermissionDeny': 'config',
};

/** The class of a Tencent Cloud code other than Ok; everything of AuthFailure is about key, signature or clock. */
export const tencentClass = (code: string): CloudClass =>
  tencent[code] ?? (code.startsWith('AuthFailure') ? 'key' : 'transient');

const huawei: Readonly<Record<string, CloudClass>> = {
  // Log-in, rights and time of the request.
  E000101: 'key',
  E000102: 'key',
  E000103: 'key',
  E000104: 'key',
  E000105: 'key',
  E000106: 'key',
  E000110: 'key',
  E000111: 'key',
  E000109: 'account',
  E000112: 'account',
  E000503: 'template',
  E200015: 'quota',
  E200028: 'template',
  E200029: 'template',
  E200030: 'template',
  E200031: 'template',
  E200033: 'template',
};

/** The class of a Huawei Cloud code other than 000000. Public lists of its codes agree on these; others are tried again. */
export const huaweiClass = (code: string): CloudClass => huawei[code] ?? 'transient';
