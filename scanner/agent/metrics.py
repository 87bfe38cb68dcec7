"""The snapshot as metrics of Prometheus. Labels are names of jobs, sources and rules, states and outcomes: no person.

Each answer has a registry of its own, so that what the library would tell of the process (paths, versions) is in none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from scanner.agent.live import STATES
from scanner.agent.status import NEVER, Job, Snapshot

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def metrics(snapshot: Snapshot) -> bytes:
    """The text format, as of CONTENT_TYPE."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(snapshot))
    return generate_latest(registry)


class _Snapshot(Collector):
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All of it."""
        one = self._snapshot
        yield from _agent(one)
        yield from _jobs(one.jobs)
        yield from _counts(one.jobs)
        yield _gauge("gallra_source_watched", "1 where changes are seen at once, 0 where that is lost for now.",
                     "source", {job.name: float(not job.unwatched) for job in one.sources if job.watch})  # fmt: skip
        yield _gauge("gallra_policy_breaking", "Items that break a rule of the policy, at the last look.",
                     "rule", {look.rule: look.breaking for look in one.drift})  # fmt: skip
        yield _gauge("gallra_policy_undated", "Items of which the rule cannot tell, since they have no known day.",
                     "rule", {look.rule: look.undated for look in one.drift})  # fmt: skip


def _agent(one: Snapshot) -> Iterator[Metric]:
    live = one.live
    yield GaugeMetricFamily("gallra_ok", "1 where nothing has to be seen to.", float(one.code == 0))
    yield GaugeMetricFamily("gallra_running", "1 while the agent runs.", float(one.pid is not None))
    yield GaugeMetricFamily("gallra_notices_untold", "Notices that wait to be sent.", one.untold)
    if live is not None:
        yield GaugeMetricFamily("gallra_start_time_seconds", "When the agent began.", live.since.timestamp())
        yield GaugeMetricFamily(
            "gallra_config_refused", "1 where a newer configuration was refused.", float(live.refused is not None)
        )


def _jobs(jobs: tuple[Job, ...]) -> Iterator[Metric]:
    state = GaugeMetricFamily("gallra_job_state", "1 for the state that a job is in.", labels=("job", "state"))
    outcome = GaugeMetricFamily("gallra_job_last_outcome", "1 for how the last run ended.", labels=("job", "outcome"))
    for job in jobs:
        for name in (*STATES, NEVER):
            state.add_metric((job.job, name), float(job.state == name))
        if job.last is not None:
            outcome.add_metric((job.job, job.last.outcome), 1.0)
    yield state
    yield outcome
    yield _gauge("gallra_job_failures", "Failures in a row.", "job", {job.job: job.failures for job in jobs})
    good = {job.job: job.good for job in jobs if job.good is not None}
    begun = {name: run.begun.timestamp() for name, run in good.items()}
    took = {name: (run.ended - run.begun).total_seconds() for name, run in good.items() if run.ended is not None}
    following = {job.job: job.next.timestamp() for job in jobs if job.next is not None}
    yield _gauge("gallra_job_last_good_timestamp_seconds", "When the last good run began.", "job", begun)
    yield _gauge("gallra_job_last_good_duration_seconds", "How long the last good run took.", "job", took)
    yield _gauge("gallra_job_next_timestamp_seconds", "When it is begun next.", "job", following)


def _counts(jobs: tuple[Job, ...]) -> Iterator[Metric]:
    counted = GaugeMetricFamily("gallra_job_count", "What the last good run counted.", labels=("job", "what"))
    for job in jobs:
        for what, number in sorted((job.good.counts if job.good is not None else {}).items()):
            counted.add_metric((job.job, what), number)
    yield counted


def _gauge(name: str, text: str, label: str, values: dict[str, float] | dict[str, int]) -> Metric:
    made = GaugeMetricFamily(name, text, labels=(label,))
    for one, value in values.items():
        made.add_metric((one,), value)
    return made
