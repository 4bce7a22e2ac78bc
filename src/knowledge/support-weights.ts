/** Coefficients of a logistic regression. */
export type Weights<Name extends string> = Readonly<Record<Name | "bias", number>>;

/** Does a sentence answer a question? First guess, to be fitted by bench/support.ts. */
export const answersWeights: Weights<"cosine" | "overlap" | "passageCosine" | "passageOverlap" | "kind"> = {
  bias: -14,
  cosine: 10,
  overlap: 2,
  passageCosine: 8,
  passageOverlap: 2,
  kind: 1,
};

/** Does a sentence support a statement? First guess, to be fitted by bench/support.ts. */
export const supportsWeights: Weights<"cosine" | "overlap" | "numbers"> = {
  bias: -10,
  cosine: 8,
  overlap: 5,
  numbers: 2,
};
