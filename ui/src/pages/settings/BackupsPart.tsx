import styles from '../../forms/parts.module.css';
import { BackupList } from './BackupList';
import { HeartbeatPanel } from './HeartbeatPanel';
import { StoragePanel } from './StoragePanel';

/** Whether the appliance would survive its machine: backups, the room for the data, the watch from outside. */
export function BackupsPart() {
	return (
		<div className={styles.part}>
			<BackupList />
			<StoragePanel />
			<HeartbeatPanel />
		</div>
	);
}
