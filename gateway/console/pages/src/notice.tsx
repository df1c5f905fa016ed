import { localDay } from './time.ts';
import { w } from './words.ts';

/** As they stand on the printed notice, which is in Chinese whatever language the page has. */
const findings = {
  flyingWire: '飞线给电动自行车充电',
  indoor: '在室内给电动自行车或电池充电',
  corridor: '在楼道停放电动自行车并充电',
  overloaded: '私拉电线、超负荷用电',
} as const;
const dayMs = 86_400_000;

/** What the notice (告知单) needs; it opens as a page to print. */
export function NoticeForm({ id, nowMs }: { readonly id: number; readonly nowMs: number }) {
  return (
    <section class="panel">
      <h2>{w('notice')}</h2>
      <form
        class="form"
        action={`/api/v1/cases/${id}/notice`}
        method="get"
        target="_blank"
        rel="noopener"
      >
        <label>
          {w('finding')}
          <select name="finding" required>
            {(Object.keys(findings) as (keyof typeof findings)[]).map((key) => (
              <option key={key} value={findings[key]}>
                {w(key)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {w('deadline')}
          <input name="deadline" type="date" required defaultValue={localDay(nowMs + dayMs)} />
        </label>
        <label>
          {w('recheck')}
          <input name="recheck" type="date" required defaultValue={localDay(nowMs + 2 * dayMs)} />
        </label>
        <label>
          {w('chargingPlace')}
          <input name="place" required maxLength={40} />
        </label>
        <button type="submit">{w('notice')}</button>
      </form>
    </section>
  );
}
