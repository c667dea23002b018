"""Jobs in syncd.yaml."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from syncd.files.jobs import JOBS, Job
from syncd.files.service_file import ServiceFile


def test_every_job_but_the_pull_of_sales_has_its_usual_times() -> None:
    assert set(ServiceFile().jobs) == set(JOBS) - {"sales_pull"}


def test_an_unknown_job_is_told_with_the_nearest_one() -> None:
    with pytest.raises(ValidationError, match="cycel is no job of the service"):
        ServiceFile.model_validate({"jobs": {"cycel": {"every": "1 min"}}})


@pytest.mark.parametrize("said", [{}, {"every": "1 min", "cron": "* * * * *"}, {"every": "1 min", "never": "true"}])
def test_a_job_says_one_of_every_cron_and_never(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="either every or cron"):
        Job.model_validate(said)
