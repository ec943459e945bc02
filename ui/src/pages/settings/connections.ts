// What connects programs, fetched when it is first gone to.
export { FeedKeysPart } from './FeedKeysPart';
export { IntegrationsPart } from './IntegrationsPart';
export { PingKeysPart } from './PingKeysPart';
export { ScrapesPart } from './ScrapesPart';
export { WebhooksPart } from './WebhooksPart';
