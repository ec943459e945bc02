/** Writes a minute of the day as "07:00"; the end of the day is "24:00". */
export function clockOf(minute: number): string {
	const two = (n: number) => String(n).padStart(2, '0');
	return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** Reads "07:00" as a minute of the day; null if it is none. */
export function minuteOf(clock: string): number | null {
	const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(clock) ?? [];
	return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}
