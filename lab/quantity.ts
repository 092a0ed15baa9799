const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The number a Kubernetes quantity stands for, for example 0.25 for `250m` and 1073741824 for `1Gi`.
 * @throws when the text is no quantity
 */
export function parseQuantity(text: string): number {
  const match = /^([+-]?[0-9.]+)(?:[eE]([+-]?\d+)|([a-zA-Z]*))$/.exec(text);
  const [, digits = "", exponent, suffix = ""] = match ?? [];
  const factor = factors[suffix];
  const number = Number(digits);
  if (match === null || factor === undefined || Number.isNaN(number)) {
    throw new Error(`"${text}" is not a quantity`);
  }
  return exponent === undefined ? number * factor : number * 10 ** Number(exponent);
}

/** How a kubelet fills `resourceFieldRef`: the value in units of the divisor, rounded up. */
export function inUnitsOf(quantity: string, divisor: string): string {
  const unit = parseQuantity(divisor === "0" ? "1" : divisor);
  // Shaves off what binary fractions add, so that 300m in units of 100m is 3 and not 4.
  return String(Math.ceil(Number((parseQuantity(quantity) / unit).toPrecision(15))));
}
