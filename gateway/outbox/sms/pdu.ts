// The codec stands with the drivers: the simulated modem speaks it too, and knows no gateway.
export {
  decodePdu,
  encodeSms,
  type SmsPdu,
  type SmsSubmit,
  tpduLength,
} from '../../../drivers/sms/pdu.ts';
