"""Accept a batch by looking at a sample of it.

How many images must be looked at, and how many of them may be wrong? The plan answers that for a batch of
this size, draws the images, and afterwards turns the verdicts into a bound for the whole batch.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from audit.findings.decisions import Decision, Verdict
from audit.gates.plan_file import describe_batch, make_sample
from audit.gates.reviewed import evaluate_review
from audit.gates.sampling import draw_images, stratify_images, two_point_plan, zero_failure_plan
from audit.pipeline.run import scan
from audit.synthetic.make import make_demo


def main() -> None:
    print("to rule out 1, 2, 5 % wrong images:", [zero_failure_plan(r).size for r in (0.01, 0.02, 0.05)])
    plan = two_point_plan(good=0.01, limit=0.05)
    print(f"to accept 1 % and refuse 5 %: {plan.size} images, {plan.accept} may be wrong")

    with TemporaryDirectory() as name:
        batch = scan(make_demo(Path(name), images=30, planted=False).instances)
    images = batch.measurements.images
    plan = zero_failure_plan(limit=0.1, confidence=0.95, lot=len(images))
    groups = stratify_images(batch.measurements)
    rows = draw_images(groups, plan.size, seed=1).tolist()
    sample = make_sample(plan, 1, batch.measurements, rows, groups)
    print(f"look at {len(sample.images)} of {len(images)} images, for example {sample.images[0].file_name}")

    # A person says of every image whether all is right; here all are.
    verdicts = {image.fingerprint: Decision(Verdict.FINE) for image in sample.images}
    review = evaluate_review(sample, verdicts, batch.findings, describe_batch(batch.measurements))
    print(f"{review.outcome.value}: {review.reason} At most {review.upper_bound:.0%} of the batch are wrong.")


if __name__ == "__main__":
    main()
