"""Treasure Data's own client against the sandbox with the demo's sample data. See test/README.md."""

import sys
import uuid

import tdclient

url, key = sys.argv[1:]
td = tdclient.Client(apikey=key, endpoint=url)
MEMBERS = [["TDCohort1"], ["TDCohort2"], ["TDCohort3"], ["TDCohort4"]]
QUERY = "SELECT external_id AS user_ids FROM example_cohort_table"


def run(query, engine="trino", **parameters):
    job = td.query("sample", query, type=engine, **parameters)
    job.wait(wait_interval=0.05, timeout=30)
    return job


assert td.server_status() == "ok"

domain_key = str(uuid.uuid4())
job = run(QUERY, domain_key=domain_key, priority="HIGH", retry_limit=2)
assert (job.status(), job.priority, job.num_records) == ("success", "HIGH", 4)
assert job.result_schema == [["user_ids", "varchar"]]
assert list(job.result()) == MEMBERS
assert list(job.result_format("msgpack", store_tmpfile=True)) == MEMBERS
assert list(job.result_format("json")) == MEMBERS
try:
    run("SELECT 1", domain_key=domain_key)
    raise AssertionError("a domain key was taken twice")
except tdclient.errors.AlreadyExistsError as error:
    assert job.id in str(error)

[row] = run("SELECT TD_SCHEDULED_TIME(), 9223372036854775807, [1.5, NULL]", "hive", scheduled_time=7).result()
assert row == [7, 9223372036854775807, ["1.5", None]], row

failed = run("SELECT nonsense")
assert failed.error() and "nonsense" in failed.debug["stderr"]

long = td.query("sample", "SELECT count(*) FROM range(100000000000)", type="presto")
assert long.kill() in ("queued", "booting", "running") and long.killed()

assert "cohort_external_ids" in [schedule.name for schedule in td.schedules()]
[scheduled] = td.run_schedule("cohort_external_ids", 1700000000, 1)
scheduled.wait(wait_interval=0.05, timeout=30)
assert list(scheduled.result()) == MEMBERS
assert str(scheduled.id) in [listed.id for listed in td.jobs()]
print("td-client works")
