import { Component, type CSSProperties, type HTMLAttributes, type ReactNode, type Ref, useCallback, useState } from 'react';
import type { Place, Widget, WidgetConfig } from '../api/dashboards';
import { ApiError } from '../api/http';
import { useLink, useSecond, useSignal } from '../app/hooks';
import { useServices } from '../app/services';
import type { Painter } from '../charts/picture';
import { PainterKeeper } from '../charts/usePainter';
import { useSpeech } from '../i18n/language';
import { definitionOf } from './registry';
import { isDim, stateOf, type WidgetState } from './state';
import {
	AgeBadge,
	BrokenBody,
	EmptyBody,
	ErrorBody,
	ErrorStrip,
	Forbidden,
	LoadingBody,
	PausedStrip,
	UnknownBody,
} from './WidgetBodies';
import { WidgetChips } from './WidgetChips';
import styles from './WidgetFrame.module.css';
import { WidgetMenu } from './WidgetMenu';
import { WidgetTitle } from './WidgetTitle';
import type { WidgetDefinition } from './widget';

/** What can be done with a widget here; what is absent cannot. */
export interface WidgetTools {
	readonly onConfigure?: (() => void) | undefined;
	readonly onMaximise?: (() => void) | undefined;
	readonly onDuplicate?: (() => void) | undefined;
	readonly onRemove?: (() => void) | undefined;
}

export interface WidgetFrameProps {
	readonly widget: Widget;
	/** What is in effect: the stored one with what the address says laid over it. */
	readonly config: WidgetConfig;
	readonly tools: WidgetTools;
	/** Nobody sits at it: no menu, and no way to other pages. */
	readonly still?: boolean;
	/** While a dashboard is being edited: the widget takes the focus, its contents don't. */
	readonly edit?: EditHandles | undefined;
}

export interface EditHandles {
	/** What the grid and the keyboard want of the card. */
	readonly given: HTMLAttributes<HTMLElement> & { readonly ref?: Ref<HTMLElement> | undefined };
	/** Stands before the title, to drag by. */
	readonly grip: ReactNode;
	/** Stands at the lower right, to pull by. */
	readonly corner: ReactNode;
}

/** The id of what explains the keys of editing. */
export const EDIT_KEYS_ID = 'dashboard-keys';

/** Longest a connection may be missing before its absence is said, in ms. */
const OFFLINE_AFTER_MS = 1_500;

/** A widget's card: its title, what is said of its data, and its menu. One that breaks or is unknown leaves the others alone. */
export function WidgetFrame(props: WidgetFrameProps) {
	const definition = definitionOf(props.widget.type);
	if (definition === undefined) {
		return (
			<Card {...props} definition={undefined} state="error" updatedAt={0}>
				<UnknownBody type={props.widget.type} onRemove={props.tools.onRemove} />
			</Card>
		);
	}
	return (
		<WidgetBoundary
			key={props.widget.type}
			about={JSON.stringify(props.config)}
			broken={(again) => (
				<Card {...props} definition={definition} state="error" updatedAt={0}>
					<BrokenBody onAgain={again} />
				</Card>
			)}
		>
			<LiveWidget {...props} definition={definition} />
		</WidgetBoundary>
	);
}

function LiveWidget(props: WidgetFrameProps & { readonly definition: WidgetDefinition }) {
	const { definition, config, tools } = props;
	const { feed } = useServices();
	const waiting = useSignal(feed.paused);
	const link = useLink();
	const reading = definition.useReading(config);
	const { data, error, dataUpdatedAt, refetch } = reading;
	const empty = data !== undefined && definition.isEmpty(data);
	const state = useSecond((now) => {
		const offline = link.state === 'offline' && now - link.since > OFFLINE_AFTER_MS;
		return stateOf(reading, empty, { now, offline, paused: waiting !== null, everyMs: definition.everyMs });
	});
	const dim = useSecond((now) => isDim(state, now - dataUpdatedAt));
	const table = definition.table;
	return (
		<Card
			{...props}
			state={state}
			updatedAt={dataUpdatedAt}
			dim={dim}
			badge={state === 'stale' ? <AgeBadge since={dataUpdatedAt} /> : null}
			table={data === undefined || table === undefined ? undefined : () => table(data)}
		>
			{state === 'error' && data !== undefined && <ErrorStrip error={error} onRetry={() => void refetch()} />}
			{state === 'paused' && <PausedStrip waiting={waiting ?? 0} />}
			{state === 'loading' && <LoadingBody rows={props.widget.place.h} />}
			{state === 'error' &&
				data === undefined &&
				(isForbidden(error) ? <Forbidden /> : <ErrorBody error={error} onRetry={() => void refetch()} />)}
			{empty && <EmptyBody definition={definition} config={config} onConfigure={tools.onConfigure} />}
			{data !== undefined && !empty && <definition.View data={data} config={config} />}
		</Card>
	);
}

function isForbidden(error: unknown): boolean {
	return error instanceof ApiError && error.status === 403;
}

interface CardProps extends WidgetFrameProps {
	readonly definition: WidgetDefinition | undefined;
	readonly state: WidgetState;
	/** Local time in ms; 0: never. */
	readonly updatedAt: number;
	readonly dim?: boolean;
	readonly badge?: ReactNode;
	readonly table?: (() => readonly (readonly (string | number | null)[])[]) | undefined;
	readonly children: ReactNode;
}

function Card({
	widget,
	config,
	tools,
	still = false,
	edit,
	definition,
	state,
	updatedAt,
	dim = false,
	badge,
	table,
	children,
}: CardProps) {
	const { t } = useSpeech();
	const [painter, setPainter] = useState<Painter | null>(null);
	const keep = useCallback((paint: Painter | null) => setPainter(() => paint), []);
	const title = widget.title !== '' ? widget.title : t(definition?.name ?? 'widget.unknown');
	return (
		<article
			{...(edit === undefined ? {} : { tabIndex: 0, 'aria-describedby': EDIT_KEYS_ID, ...edit.given })}
			className={edit === undefined ? styles.card : `${styles.card} ${edit.given.className ?? ''}`}
			style={{ ...cell(widget.place), ...edit?.given.style }}
			aria-label={title}
			data-testid="widget"
			data-widget-id={widget.id}
			data-widget-type={widget.type}
			data-state={state}
			data-x={widget.place.x}
			data-y={widget.place.y}
			data-w={widget.place.w}
			data-h={widget.place.h}
			data-updated-at={updatedAt === 0 ? '' : new Date(updatedAt).toISOString()}
			data-editing={edit !== undefined}
		>
			<header className={styles.head}>
				{edit?.grip}
				<WidgetTitle
					title={title}
					definition={definition}
					href={!still && edit === undefined ? definition?.href(config) : undefined}
				/>
				<WidgetChips definition={definition} config={config} />
				{badge}
				{!still && <WidgetMenu title={title} tools={tools} editing={edit !== undefined} table={table} painter={painter} />}
			</header>
			<div className={styles.body} data-dim={dim} inert={edit !== undefined && definition !== undefined}>
				<PainterKeeper value={keep}>{children}</PainterKeeper>
			</div>
			{edit?.corner}
		</article>
	);
}

/** A place as the numbers that the style sheet lays a grid out by. */
function cell({ x, y, w, h }: Place): CSSProperties {
	return { '--x': x, '--y': y, '--w': w, '--h': h } as CSSProperties;
}

interface BoundaryProps {
	/** When this changes, what broke is tried again. */
	readonly about: string;
	readonly broken: (again: () => void) => ReactNode;
	readonly children: ReactNode;
}

/** Keeps a widget that breaks from taking the dashboard with it. */
class WidgetBoundary extends Component<BoundaryProps, { broken: boolean }> {
	override state = { broken: false };

	static getDerivedStateFromError(): { broken: boolean } {
		return { broken: true };
	}

	override componentDidUpdate(former: BoundaryProps): void {
		if (this.state.broken && former.about !== this.props.about) this.setState({ broken: false });
	}

	override render(): ReactNode {
		if (!this.state.broken) return this.props.children;
		return this.props.broken(() => this.setState({ broken: false }));
	}
}
