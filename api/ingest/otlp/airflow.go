package otlp

import (
	"fmt"
	"strings"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// airflow translates a span of Airflow 3: a DAG run has a trace of its own. What the worker tells of a task, the API server tells too, with its state.
func airflow(i *ingest.Item, s *span) {
	task := text(s.attributes, "airflow.task_id")
	switch {
	case task != "" && strings.HasPrefix(s.Name(), "task_run."):
		airflowTask(i, s, task)
	case task == "" && (strings.HasPrefix(s.Name(), "dag_run.") || text(s.attributes, "airflow.dag_run.dag_id") != "" && s.ParentSpanID().IsEmpty()):
		dag := orElse(text(s.attributes, "airflow.dag_id"), text(s.attributes, "airflow.dag_run.dag_id"))
		dag = orElse(dag, strings.TrimPrefix(clean(s.Name()), "dag_run."))
		r := ofTrace(i, s, i.ID(format+":airflow", nil, []byte(dag)), i.Name([]byte(dag)))
		r.version = i.Name([]byte(text(s.attributes, "airflow.dag_version.version")))
		r.external, r.source = text(s.attributes, "airflow.dag_run.run_id"), s.from.service
		how := ofStatus(s)
		switch text(s.attributes, "airflow.dag_run.state") {
		case "success":
			how = ended
		case "failed":
			how = failed
		}
		r.whole(i, s, how)
	}
}

// airflowTask is a try of a task. A mapped task is a step for each of its inputs.
func airflowTask(i *ingest.Item, s *span, task string) {
	p := step{id: task, name: task, attempt: int(min(max(0, number(s.attributes, "airflow.task_instance.try_number")), ingest.AttemptMax))}
	if index := text(s.attributes, "airflow.task_instance.map_index"); index != "" && index != "-1" {
		p.id, p.name = task+"."+index, fmt.Sprintf("%s[%s]", task, index)
	}
	kind := ofStatus(s).stepEnd()
	switch text(s.attributes, "airflow.task_instance.state") {
	case "success":
		kind = execution.StepCompleted
	case "skipped", "upstream_failed", "removed":
		kind = execution.StepSkipped
	case "up_for_retry", "up_for_reschedule", "deferred":
		kind = execution.StepRetrying
	case "failed":
		kind = execution.StepFailed
	}
	r := ofTrace(i, s, "", "")
	r.step(i, s, p, kind)
}
