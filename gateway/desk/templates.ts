import type { Text } from '../../drivers/text.ts';

/**
 * The short texts, one SMS each. `{b}` is a variable; what stands in `[…]` goes when a variable in it is missing.
 * `maxZh` UTF-16 units and `maxEn` septets are the longest that a text may become, signature and prefix left out
 * (`Duxiang: ` of the English is put in front by whoever sends).
 */
export interface Template extends Text {
  readonly maxZh: number;
  readonly maxEn: number;
}

const template = (zh: string, maxZh: number, en: string, maxEn: number): Template => ({
  zh,
  en,
  maxZh,
  maxEn,
});

/** Wording of the message table; providers check it letter by letter, so it changes only with them. */
export const templates = {
  'load.overload.minor': template(
    '{b}用电[{a}安][，达额定{p}%][，已持续{m}分钟]，请提醒错峰用电。[编号{id}]',
    45,
    '{b}:[ {a} A][ = {p}% of rating][ for {m} min]. Please ask tenants to shift load.[ Ref {id}]',
    99,
  ),
  'load.overload.major': template(
    '{b}用电[{a}安][，达额定{p}%][，已持续{m}分钟]，请尽快上门减负荷。[编号{id}]',
    46,
    '{b}:[ {a} A][ = {p}% of rating][ for {m} min]. Visit soon and reduce load.[ Ref {id}]',
    93,
  ),
  'load.overload.critical': template(
    '紧急：{b}用电[{a}安][，达额定{p}%]，有起火危险，请立即到场断开大功率电器，见烟火拨119。[编号{id}]',
    58,
    'URGENT {b}:[ {a} A][ = {p}% of rating], fire risk. Go now, unplug heavy loads; call 119 on smoke.[ Ref {id}]',
    118,
  ),
  'load.ebike.suspected': template(
    '{b}[自{t}起]疑似电动车违规充电，[约{n}处，]请上门核查，勿擅自断电。[编号{id}]',
    44,
    '{b}: suspected e-bike charging[ since {t}][, about {n} spot(s)]. Please check on site; do not cut power.[ Ref {id}]',
    123,
  ),
  'load.ebike.repeat': template(
    '{b}近7天[第{n}次]疑似违规充电，请复查并送告知单，拒不改正的按约上报。[编号{id}]',
    43,
    '{b}: suspected e-bike charging[, {n} times in 7 days]. Re-inspect, serve notice, report if refused.[ Ref {id}]',
    118,
  ),
  'load.lost': template(
    '{b}[于{t}]失电，邻栋正常，请电工检查，勿自行合闸。[编号{id}]',
    36,
    '{b} lost power[ at {t}] while neighbours are on. Ask an electrician; do not re-close the breaker.[ Ref {id}]',
    119,
  ),
  'elec.leakage': template(
    '紧急：{b}剩余电流[{v}毫安]超限，有触电起火危险，请立即请电工断电检修。[编号{id}]',
    45,
    'URGENT {b}: residual current[ {v} mA] over limit, shock/fire risk. Have an electrician isolate it now.[ Ref {id}]',
    123,
  ),
  // The next three are not in the message table: 380 V in rooms of 220 V must not wait for the console.
  'elec.leakage.unusual': template(
    '{b}剩余电流[{v}毫安]，明显高于平常，请近日请电工检查绝缘。[编号{id}]',
    40,
    '{b}: residual current[ {v} mA], well above usual. Have the insulation checked soon.[ Ref {id}]',
    105,
  ),
  'elec.neutral': template(
    '紧急：{b}疑似断零，电压异常，电器可能烧毁起火，请立即请电工断电检修。[编号{id}]',
    46,
    'URGENT {b}: the neutral seems lost, appliances may burn. Have an electrician isolate it now.[ Ref {id}]',
    112,
  ),
  'elec.phase': template(
    '{b}[于{t}]缺一相电，请电工检查，停用三相电动机，勿自行合闸。[编号{id}]',
    42,
    '{b} lost a phase[ at {t}]. Ask an electrician, stop motors on three phases; do not re-close anything.[ Ref {id}]',
    122,
  ),
  'elec.temperature': template(
    '紧急：{b}配电箱温度[{v}度]超限，有起火危险，请立即到场，见烟火拨119。[编号{id}]',
    46,
    'URGENT {b}: panel temperature[ {v} C] over limit, fire risk. Go now; call 119 on smoke.[ Ref {id}]',
    108,
  ),
  'gate.queue': template(
    '大门{d}口排队[约{n}辆][，等候{m}分钟]，请开备用道或人工疏导。[编号{id}]',
    36,
    'Gate {d}:[ about {n} cars queued][, {m} min wait]. Open the spare lane or direct traffic.[ Ref {id}]',
    106,
  ),
  'gate.barrier_fault': template(
    '大门{d}口道闸异常[：{s}]，请物业到场处理并注意行人安全。[编号{id}]',
    35,
    'Gate {d}: barrier fault[ ({s})]. Property staff to attend; mind pedestrians.[ Ref {id}]',
    103,
  ),
  'gate.parking_full': template(
    '小区车位[已用{p}%][，余{n}个]，请引导访客车辆外停。[编号{id}]',
    31,
    'Parking[ {p}% full][, {n} left]. Please direct visitors outside.[ Ref {id}]',
    76,
  ),
  'device.offline': template(
    '{k}离线[{m}分钟]，该处监测暂停，请检查供电和网络。[编号{id}]',
    35,
    '{k} offline[ for {m} min]; monitoring there is paused. Check power and network.[ Ref {id}]',
    104,
  ),
  'system.restart': template(
    '网关[{t}]恢复运行，[此前中断{m}分钟，]期间可能漏报，请留意。[编号{id}]',
    38,
    'Gateway back[ at {t}][ after {m} min down]; alerts may have been missed.[ Ref {id}]',
    87,
  ),
  'system.storage': template(
    '网关存储[剩余{p}%]，记录可能受影响，请维护人员今日处理。[编号{id}]',
    34,
    'Gateway storage[ {p}% left]; records at risk. Maintainer to act today.[ Ref {id}]',
    85,
  ),
  'system.clock': template(
    '网关时间不可信，时段规则已按保守方式运行，请维护人员校时。[编号{id}]',
    34,
    'Gateway clock not trusted; time-of-day rules run conservatively. Please set the clock.[ Ref {id}]',
    103,
  ),
  'system.sms': template(
    '短信通道异常[已{m}分钟]，告警改走备用渠道，请检查。[编号{id}]',
    31,
    'SMS channel down[ for {m} min]; alerts use the backup channel. Please check.[ Ref {id}]',
    91,
  ),
  'system.sync': template(
    '向街道平台同步积压[{n}条][，已{h}小时未成功]，请检查网络。[编号{id}]',
    33,
    'Upstream sync backlog[ {n}][, no success for {h} h]. Check the network.[ Ref {id}]',
    82,
  ),
  'security.login': template(
    '控制台[连续{n}次]登录失败，该账号已锁定15分钟，请核实。[编号{id}]',
    33,
    '[{n} ]failed console log-ins; the account is locked for 15 min. Please verify.[ Ref {id}]',
    92,
  ),
  'notice.storm': template(
    '5分钟内[共{n}条]告警已合并[，其中紧急{c}条]，请看控制台。[编号{id}]',
    33,
    '[{n} ]alerts in 5 min merged[, {c} critical]. See the console.[ Ref {id}]',
    73,
  ),
  'notice.escalated': template(
    '升级：{b}的{k}[已{m}分钟]无人确认，请立即处理或指派。[编号{id}]',
    40,
    'ESCALATED {b}: {k}[, {m} min] without acknowledgement. Handle or assign now.[ Ref {id}]',
    106,
  ),
  'notice.acked': template(
    '{id}已由值班[{w}]确认，正在处理，其他人员可待命。',
    25,
    '{id} acknowledged by duty[ {w}]; others stand by.',
    54,
  ),
  'notice.resolved': template(
    '{b}的{k}已恢复[，历时{m}分钟]，请在控制台补录处理结果。[编号{id}]',
    41,
    '{b}: {k} cleared[ after {m} min]. Please record the outcome in the console.[ Ref {id}]',
    105,
  ),
  'notice.drill': template(
    '演练：每月短信测试，请[在{m}分钟内]确认收到。[编号{id}]',
    28,
    'DRILL: monthly SMS test. Please acknowledge[ within {m} min].[ Ref {id}]',
    76,
  ),
  'notice.duty': template(
    '今晚值班提醒：[{t}至{u}]由您值班，不能到岗请提前换班。',
    33,
    'Duty reminder: you are on duty[ {t}-{u}] tonight. Swap early if you cannot.',
    86,
  ),
  'notice.hold': template(
    '申请{id}：大门记录已保全[至{e}]，仅供公安依法调取。',
    30,
    'Request {id}: gate records held[ until {e}], for lawful police retrieval only.',
    87,
  ),
  'notice.dsr': template(
    '个人信息申请{id}距办结期限[还有{n}天]，请及时答复申请人。',
    29,
    'Personal-information request {id} is due[ in {n} day(s)]. Please answer.',
    77,
  ),
  // Not in the message table: what waited for the morning, in one line a person.
  'notice.digest': template(
    '早间汇总：夜间和超额未发的告警[共{n}条][，其中重要{c}条]，请看控制台。',
    40,
    'Morning summary:[ {n} alerts held back][, {c} major]. See the console.',
    80,
  ),
  'notice.roster': template(
    '今日未排值班委员，告警改发副班和物业，请尽快排班。[编号{id}]',
    34,
    'No duty member entered; alerts go to the deputy and guard room. Please fill the roster.[ Ref {id}]',
    104,
  ),
  'notice.flapping': template(
    '{b}的{k}反复出现[，30分钟内{n}次]，已合并提醒，请检查。[编号{id}]',
    44,
    '{b}: {k} comes and goes[, {n} times in 30 min]. Messages are merged; please check.[ Ref {id}]',
    110,
  ),
} as const satisfies Readonly<Record<string, Template>>;

export type MessageId = keyof typeof templates;
