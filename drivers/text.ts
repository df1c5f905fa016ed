/** Words for people: Chinese first, English beside it. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}
