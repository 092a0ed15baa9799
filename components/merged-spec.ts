/** A spec of which every field may be left out, at any depth; lists are given as a whole. */
export type DeepPartial<Spec> = Spec extends readonly unknown[]
  ? Spec
  : Spec extends object
    ? { readonly [Key in keyof Spec]?: DeepPartial<Spec[Key]> }
    : Spec;
