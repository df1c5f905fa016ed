import type { BusState, DeviceState, GpioState } from './api.ts';
import { Blank } from './form.tsx';
import { useLive } from './live.ts';
import { Strangers } from './strangers.tsx';
import { ago, spell } from './time.ts';
import { w } from './words.ts';
import { WorksPanel } from './works.tsx';

/** How every device is doing, and who knocks without being known. */
export function DevicesPage({ onLoggedOut }: { readonly onLoggedOut: () => void }) {
  const live = useLive<{
    nowMs: number;
    devices: readonly DeviceState[];
    buses: readonly BusState[];
    gpio: readonly GpioState[];
  }>('/devices', onLoggedOut);
  if (!live.data) return <Blank error={live.error} />;
  const { nowMs, devices, buses, gpio } = live.data;
  const troubled = (device: DeviceState) =>
    device.lastMs === undefined || nowMs - device.lastMs > 300_000 || device.rejected > 0;
  const sorted = [...devices].sort(
    (a, b) => Number(troubled(b)) - Number(troubled(a)) || a.device.localeCompare(b.device),
  );
  return (
    <main>
      <Strangers onLoggedOut={onLoggedOut} />
      <WorksPanel onLoggedOut={onLoggedOut} />
      {buses.length > 0 && (
        <section class="panel">
          <h2>{w('buses')}</h2>
          <ul class="story">
            {buses.map(({ bus, up, deafForMs, reason, roundMs, devices: asked }) => (
              <li key={bus} class={deafForMs > 0 ? 'troubled' : ''}>
                <b>{bus}</b> {w(up && deafForMs === 0 ? 'busUp' : 'busDown')}{' '}
                <span class="quiet">
                  {deafForMs > 0
                    ? `${w('deafFor')} ${spell(deafForMs)}`
                    : `${(roundMs / 1000).toFixed(1)} ${w('roundS')}`}
                  {reason ? ` · ${reason}` : ''}
                </span>
                {asked
                  .filter(({ silent }) => silent)
                  .map(({ device, lastReason }) => (
                    <span key={device}>
                      {' '}
                      · {device} {w('silent')} <span class="quiet">{lastReason}</span>
                    </span>
                  ))}
              </li>
            ))}
          </ul>
        </section>
      )}
      {gpio.length > 0 && (
        <section class="panel">
          <h2>{w('ownPins')}</h2>
          <ul class="story">
            {gpio.map(({ device, chip, base, up, reason, pulses, lines }) => (
              <li key={device}>
                <b>{device}</b> {w(up ? 'busUp' : 'busDown')}{' '}
                <span class="quiet">
                  {chip}
                  {base === undefined ? '' : ` + ${base}`} ·{' '}
                  {lines
                    .map(({ line, name, level }) => `${name} ${line}=${level ?? '?'}`)
                    .join(' ')}
                  {` · ${pulses} ${w('pulses')}`}
                  {reason ? ` · ${reason}` : ''}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <ul class="devices">
        {sorted.map((device) => (
          <li key={device.device} class={troubled(device) ? 'troubled' : ''}>
            <b>{device.device}</b> <span class="quiet">{device.driver}</span>
            <span>{device.lastMs === undefined ? w('never') : ago(nowMs - device.lastMs)}</span>
            <span>
              {device.messages} {w('read')}
              {device.perMinute > 0 ? ` · ${device.perMinute} ${w('perMinute')}` : ''}
              {device.skewMs === undefined ? '' : ` · ${w('skew')} ${skewText(device.skewMs)}`}
              {device.dropped ? ` · ${device.dropped} ${w('letGo')}` : ''}
              {device.rejected > 0
                ? ` · ${device.rejected} ${w('rejected')}: ${device.lastReason ?? ''}`
                : ''}
            </span>
          </li>
        ))}
      </ul>
    </main>
  );
}

/** `+3秒`, `-2小时5分钟`: ahead of the box, or behind it. */
const skewText = (skewMs: number): string =>
  `${skewMs < 0 ? '-' : '+'}${Math.abs(skewMs) < 1000 ? `${Math.abs(skewMs)} ms` : spell(Math.abs(skewMs))}`;
