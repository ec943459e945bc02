export function generate(catalogue: object): string;
