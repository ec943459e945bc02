// A program of the office: it takes webhooks and keeps what came, and exposes metrics.
import { createServer } from 'node:http';

export class Receiver {
	/** Bodies, and the requests that brought them. */
	came = [];
	requests = [];
	/** What it answers to what it is told. */
	status = 204;
	/** What it exposes at /metrics. */
	metrics = '';

	async open() {
		this.server = createServer((request, response) => {
			if (request.method === 'GET') {
				response.writeHead(request.url === '/metrics' ? 200 : 404, { 'Content-Type': 'text/plain' }).end(this.metrics);
				return;
			}
			let body = '';
			request.on('data', (part) => {
				body += part;
			});
			request.on('end', () => {
				this.came.push(JSON.parse(body));
				this.requests.push({ headers: request.headers, body });
				response.writeHead(this.status).end();
			});
		});
		await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
		this.host = `127.0.0.1:${this.server.address().port}`;
		this.url = `http://${this.host}/alerty`;
	}

	close() {
		this.server.closeAllConnections();
		this.server.close();
	}
}
