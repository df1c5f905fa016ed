import type { ComponentChildren } from 'preact';
import { go } from './router.ts';

/** A link within the pages: a real one for a new tab, without loading for a tap. */
export function Link({
  to,
  current = false,
  children,
}: {
  readonly to: string;
  readonly current?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <a
      href={to}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
