import { inOrder, mismatch, scalar, show, sizeOf, type Value } from "./graph.ts";
import { add } from "./ops/elementwise.ts";

/**
 * The gradients of a scalar with respect to values, as further values of the same graph (reverse mode: Griewank and
 * Walther, Evaluating Derivatives, ch. 3). From the loss backwards, each node turns the gradient of its output into
 * gradients of its inputs; where a value is used more than once they are summed. Only ways that lead to one of
 * `withRespectTo` are followed, so frozen weights cost nothing.
 */
export function gradients(of: Value, withRespectTo: readonly Value[]): Value[] {
  if (sizeOf(of.shape) !== 1) throw mismatch("gradients", `of a scalar, not of ${show(of.shape)}`);
  const order = inOrder([of]);
  const leading = new Set(withRespectTo);
  for (const { inputs, outputs } of order) {
    if (inputs.some((value) => leading.has(value))) for (const value of outputs) leading.add(value);
  }
  const known = new Map<Value, Value>([[of, scalar(1)]]);
  for (const node of order.toReversed()) {
    const upstreams = node.outputs.map((output) => known.get(output));
    const upstream = upstreams.find((one) => one !== undefined);
    if (upstream === undefined || node.gradient === null) continue;
    node.gradient(upstream, upstreams).forEach((contribute, at) => {
      const value = node.inputs[at];
      if (contribute === null || value === undefined || !leading.has(value)) return;
      const sum = known.get(value);
      const contribution = contribute(sum);
      if ("summed" in contribution) known.set(value, contribution.summed);
      else known.set(value, sum === undefined ? contribution : add(sum, contribution));
    });
  }
  return withRespectTo.map((value) => {
    const gradient = known.get(value);
    if (gradient === undefined)
      throw mismatch("gradients", `the scalar does not depend on a value of ${show(value.shape)}`);
    return gradient;
  });
}
