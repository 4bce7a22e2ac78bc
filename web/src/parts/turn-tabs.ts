/** The parts of a turn's detail, as the URL names them. */
export const turnTabs = ["trace", "passages", "prompt", "feedback"] as const;
export type TurnTab = (typeof turnTabs)[number];
