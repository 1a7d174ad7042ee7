"""Measures Hugging Face's T5 on the work that `bench --compare hf` wrote: the same tokens, batches, precision, threads and device.

usage: python hf_speed.py WORK.json > RESULT.json    or    python hf_speed.py --check

Needs PyTorch and transformers. Prints one line of JSON; on failure one sentence on standard error and exit code 3.
"""
import contextlib
import hashlib
import json
import statistics
import sys
import time


def fail(sentence):
    print(sentence, file=sys.stderr)
    sys.exit(3)


try:
    import torch
    import transformers
except ImportError as error:
    fail(f"This Python lacks what is compared with ({error}).")

# Repeats of the generation: the first few are a warm-up.
GENERATIONS = 4


def versions():
    return f"transformers {transformers.__version__}, torch {torch.__version__}"


class Run:
    """Model, optimizer and batches of one work file."""

    def __init__(self, work):
        self.work = work
        self.device = torch.device(work["device"])
        if self.device.type == "cuda" and not torch.cuda.is_available():
            fail(f"This Python's PyTorch {torch.__version__} cannot use the GPU that the work is for.")
        if self.device.type == "cpu":
            torch.set_num_threads(work["threads"])
        torch.manual_seed(0)
        self.pad = work["config"].get("pad_token_id", 0)
        config = transformers.T5Config(**work["config"])
        self.model = transformers.T5ForConditionalGeneration(config).to(self.device)
        self.optimizer = self.create_optimizer()
        self.steps = [[self.tensors(batch) for batch in step] for step in work["steps"]]
        self.examples = work["examples"]

    def create_optimizer(self):
        parameters = list(self.model.parameters())
        if self.work["optimizer"] == "adafactor":
            from transformers.optimization import Adafactor

            return Adafactor(parameters, lr=5e-5, relative_step=False, scale_parameter=False, warmup_init=False)
        try:
            return torch.optim.AdamW(parameters, lr=5e-5, weight_decay=0.0, fused=True)
        except (RuntimeError, TypeError):  # an older PyTorch
            return torch.optim.AdamW(parameters, lr=5e-5, weight_decay=0.0)

    def rectangle(self, rows, filler):
        """Pads rows of ids to the longest, as Hugging Face's collator does."""
        width = max(len(row) for row in rows)
        return torch.tensor([row + [filler] * (width - len(row)) for row in rows], device=self.device)

    def tensors(self, batch):
        tasks = []
        for task in batch:
            ids = self.rectangle(task["inputs"], self.pad)
            lengths = torch.tensor([len(row) for row in task["inputs"]], device=self.device)
            mask = (torch.arange(ids.shape[1], device=self.device) < lengths[:, None]).long()
            tasks.append((task["weight"], dict(input_ids=ids, attention_mask=mask, labels=self.rectangle(task["targets"], -100))))
        return tasks

    def precision(self):
        if self.work["precision"] == "bf16":
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return contextlib.nullcontext()

    def wait(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def step(self, number):
        self.optimizer.zero_grad(set_to_none=True)
        batches = self.steps[number % len(self.steps)]
        for batch in batches:
            with self.precision():
                loss = sum(weight * self.model(**task).loss for weight, task in batch) / len(batches)
            loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()

    def train(self):
        """Returns the median examples per second and the median seconds of a step."""
        self.model.train()
        rates, times = [], []
        for number in range(self.work["warmUp"] + self.work["timed"]):
            self.wait()
            start = time.perf_counter()
            self.step(number)
            self.wait()
            seconds = time.perf_counter() - start
            if number >= self.work["warmUp"]:
                times.append(seconds)
                rates.append(self.examples[number % len(self.steps)] / seconds)
        return statistics.median(rates), statistics.median(times)

    def generate(self):
        """Returns tokens per second of greedy search up to the limit, encoder included."""
        self.model.eval()
        rows, limit = self.work["generation"]["inputs"], self.work["generation"]["tokens"]
        ids = self.rectangle(rows, self.pad)
        mask = (ids != self.pad).long()
        rates = []
        with torch.no_grad(), self.precision():
            for _ in range(GENERATIONS):
                self.wait()
                start = time.perf_counter()
                self.model.generate(
                    ids, attention_mask=mask, min_new_tokens=limit, max_new_tokens=limit, num_beams=1, do_sample=False
                )
                self.wait()
                rates.append(len(rows) * limit / (time.perf_counter() - start))
        return max(rates[1:])


def main():
    if len(sys.argv) != 2:
        fail("Name the work file that `bench --compare hf` has written.")
    if sys.argv[1] == "--check":
        print(json.dumps({"program": versions()}))
        return
    try:
        with open(sys.argv[1], "rb") as file:
            content = file.read()
        work = json.loads(content)
    except (OSError, ValueError) as error:
        fail(f"{sys.argv[1]} is not a work file ({error}).")
    run = Run(work)
    generated = run.generate()
    examples, seconds = run.train()
    print(json.dumps({
        "work": hashlib.sha256(content).hexdigest(),
        "program": versions(),
        "device": work["device"],
        "precision": work["precision"],
        "threads": torch.get_num_threads(),
        "examplesPerSecond": examples,
        "stepSeconds": seconds,
        "generatedTokensPerSecond": generated,
    }))


if __name__ == "__main__":
    main()
