/** A building's month, as the desk and the journal know it. Never a household, room or person. */
export interface BoardInput {
  /** `17号楼`. */
  readonly place: string;
  readonly confirmedCharging: number;
  readonly notRectified: number;
  readonly confirmedOverloads: number;
  /** Hours at or above the limit. */
  readonly overloadHours: number;
  readonly rectifiedSameDay: number;
  readonly tookPart: number;
  /** Confirmed cases that are past their re-inspection and not closed. */
  readonly openPastRecheck: number;
  /** Readings that came, per cent; undefined when nothing was measured. */
  readonly completePercent: number | undefined;
  readonly lastMonthScore: number | undefined;
  /** The landlord has objected, and it is not settled. */
  readonly objection: boolean;
  /** The landlord was told at least three days ago. */
  readonly told: boolean;
}

export interface BoardLine {
  readonly place: string;
  readonly score: number;
}

/** Honour (红榜) and warning (黑榜) by building number. In Chinese usage red is the honour. */
export interface Board {
  readonly honour: readonly BoardLine[];
  readonly warning: readonly BoardLine[];
  /** 数据不足: never on the warning board. */
  readonly notRated: readonly string[];
}

const honourAt = 95;
const warningBelow = 60;
const completeEnough = 95;
const most = { honour: 30, warning: 10 } as const;

/** 100 a month, less for what was confirmed, more for what was put right; 0 to 110. */
export function boardScore(input: BoardInput): number {
  const score =
    100 -
    15 * input.confirmedCharging -
    10 * input.notRectified -
    8 * input.confirmedOverloads -
    Math.min(15, 3 * Math.floor(input.overloadHours)) +
    5 * input.rectifiedSameDay +
    5 * input.tookPart;
  return Math.max(0, Math.min(110, score));
}

/** The draft of a month's board; two roles release it. The same input gives the same board. */
export function draftBoard(inputs: readonly BoardInput[]): Board {
  const rated = inputs.filter(({ completePercent }) => (completePercent ?? 0) >= completeEnough);
  const lines = rated.map((input) => ({ input, score: boardScore(input) }));
  const improvement = ({ input, score }: (typeof lines)[number]) =>
    score - (input.lastMonthScore ?? score);
  const byPlace = (a: string, b: string) => a.localeCompare(b, 'zh', { numeric: true });
  const honour = lines
    .filter(({ input, score }) => score >= honourAt && input.confirmedCharging === 0)
    .sort(
      (a, b) =>
        b.score - a.score ||
        improvement(b) - improvement(a) ||
        byPlace(a.input.place, b.input.place),
    )
    .slice(0, most.honour);
  const warning = lines
    .filter(
      ({ input, score }) =>
        score < warningBelow && input.openPastRecheck > 0 && input.told && !input.objection,
    )
    .sort((a, b) => a.score - b.score || byPlace(a.input.place, b.input.place))
    .slice(0, most.warning);
  const toLine = ({ input, score }: (typeof lines)[number]) => ({ place: input.place, score });
  return {
    honour: honour.map(toLine),
    warning: warning.map(toLine),
    notRated: inputs
      .filter((input) => !rated.includes(input))
      .map(({ place }) => place)
      .sort(byPlace),
  };
}
