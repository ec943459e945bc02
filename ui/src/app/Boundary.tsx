import { TriangleAlert } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import controls from '../design/controls.module.css';
import { Notice } from '../design/Notice';
import { useSpeech } from '../i18n/language';

interface BoundaryProps {
	readonly children: ReactNode;
}

/** Keeps the frame standing when a page breaks. */
export class Boundary extends Component<BoundaryProps, { broken: boolean }> {
	override state = { broken: false };

	static getDerivedStateFromError(): { broken: boolean } {
		return { broken: true };
	}

	override render(): ReactNode {
		return this.state.broken ? <Broken /> : this.props.children;
	}
}

function Broken() {
	const { t } = useSpeech();
	return (
		<main>
			<Notice
				icon={TriangleAlert}
				title={t('app.crash')}
				alert
				action={
					<button type="button" className={controls.button} onClick={() => location.reload()}>
						{t('app.reload')}
					</button>
				}
			/>
		</main>
	);
}
