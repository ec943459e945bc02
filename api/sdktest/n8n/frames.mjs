// Live frames of an appliance as a browser gets them, over Server-Sent Events.

/** Collects the frames of these topics until `close`; `seen` are those so far, the oldest first. */
export async function watch(appliance, ...topics) {
	const stop = new AbortController();
	const response = await fetch(`${appliance.origin}/api/monitoring/stream?type=${topics.join(',')}`, {
		headers: { Authorization: `Bearer ${appliance.secret}` },
		signal: stop.signal,
	});
	if (response.status !== 200) throw new Error(`the stream answered ${response.status}`);
	const seen = [];
	const read = async () => {
		let rest = '';
		for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
			const blocks = (rest + text).split('\n\n');
			rest = blocks.pop();
			for (const block of blocks) seen.push(frameOf(block));
		}
	};
	const done = read().catch(() => {}); // closed by either side
	return {
		seen,
		async close() {
			stop.abort();
			await done;
		},
	};
}

function frameOf(block) {
	const lines = block.split('\n');
	const of = (name) =>
		lines
			.filter((line) => line.startsWith(`${name}:`))
			.map((line) => line.slice(name.length + 1).trimStart())
			.join('\n');
	const data = of('data');
	return { event: of('event'), data: data === '' ? null : JSON.parse(data) };
}
