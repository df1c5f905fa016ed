/** In both languages of the console. */
interface Sentence {
  readonly zh: string;
  readonly en: string;
}

/** What each rule watches, in one plain sentence; without numbers, which stand among its limits. */
export const ruleSentences: Readonly<Record<string, Sentence>> = {
  'load.overload': {
    zh: '一栋楼的电流长时间接近或超过限值（合同、空开、电缆里最小的）就提醒，越高越急。',
    en: 'A house draws close to or above its limit (contract, breaker or cable, the lowest) for long.',
  },
  'load.ebike': {
    zh: '用电曲线像电动车充电器（先平稳、再缓降）就怀疑；只能看到用电，看不到电线，要现场核实。',
    en: 'The load looks like an e-bike charger: level, then slowly falling. A suspicion, to be checked on site.',
  },
  'load.ebike.repeat': {
    zh: '同一处几晚都像在充电：一晚可能看错，几晚就该上门、送告知单。',
    en: 'The same place looked like charging on several nights: one may be a mistake, several call for a visit.',
  },
  'load.ebike.watch': {
    zh: '每周列出夜里用电最像充电、但还不够怀疑的楼，供联合检查时顺路看看。',
    en: 'Once a week the places whose nights look most like charging without being suspected: for the joint inspection.',
  },
  'load.sums': {
    zh: '一条线下各楼加起来和总表对不上：有表坏了、接错了，或有没登记的用电。',
    en: 'The houses of a feeder do not add up to its meter: a meter is broken or wired wrongly, or somebody draws unmetered.',
  },
  'load.feeder': {
    zh: '没有装表的线路，按各楼相加推算接近或超过限值。',
    en: 'A feeder without a meter comes close to its limit or above, by the sum of its houses.',
  },
  'load.lost': {
    zh: '一栋楼没电而同一条线的邻楼有电。',
    en: 'One house has no supply while its neighbours on the same feeder do.',
  },
  'load.transformer': {
    zh: '变压器按负荷和气温推算过热。',
    en: 'A transformer runs hot, reckoned from its load and the air around it.',
  },
  'elec.neutral': {
    zh: '零线电流过大，或三相电压失衡像是断了零线。',
    en: 'Too much current in the neutral, or voltages as after a lost neutral.',
  },
  'elec.phase': {
    zh: '三相里有一相没电，另外的相有电；同一条线多栋一起缺相，只报这条线。',
    en: 'One phase of three has no supply while another has; where many houses of a line lost one, the line is told.',
  },
  'elec.imbalance': {
    zh: '三相负荷长时间不平衡。',
    en: 'The three phases are loaded unevenly for long.',
  },
  'elec.leakage': {
    zh: '剩余电流（漏电）超过限值，或明显高于平时。',
    en: 'Residual current above the limit, or well above what is usual.',
  },
  'elec.temperature': {
    zh: '配电箱温度过高或升得太快。',
    en: 'A distribution box is hot or heats up fast.',
  },
  'gate.queue': {
    zh: '大门口车辆排队太长或等得太久。',
    en: 'Vehicles queue at the gate, many or for long.',
  },
  'gate.barrier_fault': {
    zh: '道闸没有按时关上，或自己报故障。',
    en: 'A barrier does not close, or reports a fault.',
  },
  'gate.parking_full': { zh: '小区车位快满了。', en: 'The parking places are nearly all taken.' },
  'gate.overstay': {
    zh: '登记为访客的车进来后很久没有出去。',
    en: 'A visitor’s vehicle came in and has not left for long.',
  },
  'device.offline': { zh: '设备很久没有消息。', en: 'A device has said nothing for long.' },
  'device.implausible': {
    zh: '读数不可能是真的：一直不变、超出物理范围，或设备时钟不对。',
    en: 'Readings that cannot be true: frozen, beyond physics, or with a wrong clock.',
  },
  'compliance.face_only': {
    zh: '一条通道只剩刷脸能通行；按规定必须有别的办法。',
    en: 'Only a face opens a lane; there must be another way.',
  },
};
