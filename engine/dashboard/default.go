package dashboard

// Office is the dashboard that everybody begins with: what needs a person is above, what is due beside it, then what runs (J1.2, PL2). Its name is the
// product's; the page translates titles that are empty.
func Office() Dashboard {
	at := func(kind Type, x, y, w, h int) Widget {
		return Widget{ID: string(kind), Type: kind, Position: Position{X: x, Y: y, W: w, H: h}}
	}
	return Dashboard{
		Name: "Pulpit biura", Layout: Layout{Columns: columnsDefault, RowHeight: officeRowHeight}, Version: 1,
		Widgets: []Widget{
			at(SystemHealth, 0, 0, 3, 3), at(SuccessRate, 3, 0, 3, 3), at(QueueStatus, 6, 0, 3, 3), at(TaxDeadlines, 9, 0, 3, 6),
			at(FailedExecutions, 0, 3, 5, 3), at(AlertList, 5, 3, 4, 3),
			at(WorkflowHealth, 0, 6, 5, 3), at(ExecutionChart, 5, 6, 4, 3), at(ResourceUsage, 9, 6, 3, 3),
			at(ActiveExecutions, 0, 9, 12, 7),
		},
	}
}

const officeRowHeight = 52 // pixels; three rows show a figure, seven a table
