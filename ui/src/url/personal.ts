const PESEL_WEIGHTS = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3] as const;
const NIP_WEIGHTS = [6, 5, 7, 2, 3, 4, 5, 6, 7] as const;

/** Whether a text is a valid PESEL, NIP or IBAN: such numbers stay out of addresses and logs. */
export function isPersonal(text: string): boolean {
	const bare = text.replace(/[\s-]/g, '').toUpperCase();
	return isPesel(bare) || isNip(bare) || isIban(bare);
}

function isPesel(text: string): boolean {
	return /^\d{11}$/.test(text) && (10 - (weighted(text, PESEL_WEIGHTS) % 10)) % 10 === Number(text[10]);
}

function isNip(text: string): boolean {
	const digits = text.replace(/^PL/, '');
	return /^\d{10}$/.test(digits) && weighted(digits, NIP_WEIGHTS) % 11 === Number(digits[9]);
}

/** An IBAN of any country, or a Polish account without its "PL". */
function isIban(text: string): boolean {
	const whole = /^\d{26}$/.test(text) ? `PL${text}` : text;
	if (!/^[A-Z]{2}\d{2}[A-Z\d]{11,30}$/.test(whole)) return false;
	const moved = `${whole.slice(4)}${whole.slice(0, 4)}`;
	let rest = 0;
	for (const letter of moved) {
		for (const digit of String(Number.parseInt(letter, 36))) rest = (rest * 10 + Number(digit)) % 97;
	}
	return rest === 1;
}

function weighted(digits: string, weights: readonly number[]): number {
	return weights.reduce((sum, weight, n) => sum + weight * Number(digits[n]), 0);
}
