import type { ReactNode } from 'react';
import { LanguageSwitch, ThemeSwitch } from '../../app/Shell';
import styles from './LoginPage.module.css';

/** The frame of the pages before sign-in. */
export function Card(props: { readonly page: 'login' | 'setup'; readonly title: string; readonly children: ReactNode }) {
	return (
		<div className={styles.page}>
			<header className={styles.top}>
				<LanguageSwitch />
				<ThemeSwitch />
			</header>
			<main id="content" data-page={props.page} className={styles.card}>
				<img src="/favicon.svg" alt="" width="40" height="40" />
				<h1>{props.title}</h1>
				{props.children}
			</main>
		</div>
	);
}

/** Says why an attempt did not work; empty while there is nothing to say. */
export function Failure({ text }: { readonly text: string | null }) {
	return (
		<p role="alert" className={styles.failure} {...(text === null ? {} : { 'data-testid': 'login-error' })}>
			{text}
		</p>
	);
}
