#!/usr/bin/env bash
# Measures training and generation on one GPU and prints one table: products, steps launched singly, static steps, recorded steps, own
# kernels, own attention beside libtorch's products, generation, beam search, memory, whether a resumed run repeats its figures, and
# Hugging Face's T5 on the same work.
#
#   gpu.sh PROGRAM MODEL DATA [HF_SPEED]
#
#   PROGRAM   DistillStudio, published for Linux without libtorch:
#               dotnet publish DistillStudio -c Release -r linux-x64 --self-contained -p:Torch=none -o pub
#               XZ_OPT=-9e tar cJf pub.tar.xz -C pub --exclude='*.pdb' --exclude='*.xml' --exclude='libmscor*' --exclude='createdump' .
#   MODEL     folder with the config.json and spiece.model of a small T5
#   DATA      folder that holds the dataset, with a teacher's completions
#   HF_SPEED  hf_speed.py beside this script; left out, or without transformers, that row is left out
#
# Environment, with defaults:
#   DISTILLSTUDIO_LIBTORCH  the torch/lib folder of an installed PyTorch (found through PYTHON if unset)
#   DEVICE=cuda:0  DATASET=cqa  TEACHER=palm  BATCH=64  STEPS=20  PYTHON=python3
#   SHAPE=base     measures the shape of T5 v1.1 base with the tokenizer of MODEL; SHAPE=own that of MODEL
#   LIMIT=150      seconds after which no part starts; each part has a limit of its own
#   PART=45        seconds of a part
# DEVICE=cpu SHAPE=own BATCH=4 STEPS=2 LIMIT=1500 PART=400 tries the script without a GPU.

set -u

if [ $# -lt 3 ] || [ $# -gt 4 ]; then
  sed -n -e 1d -e '/^#/!q' -e p "$0" >&2
  exit 2
fi

program=$1
model=$2
data=$3
hf_speed=${4:-}
device=${DEVICE:-cuda:0}
dataset=${DATASET:-cqa}
teacher=${TEACHER:-palm}
batch=${BATCH:-64}
steps=${STEPS:-20}
python=${PYTHON:-python3}
shape=${SHAPE:-base}
limit=${LIMIT:-150}
part=${PART:-45}

for file in "$program" "$model/config.json" "$model/spiece.model" "$data"; do
  if [ ! -e "$file" ]; then
    echo "$file is missing." >&2
    exit 2
  fi
done

if [ -z "${DISTILLSTUDIO_LIBTORCH:-}" ] && [ "$device" != cpu ]; then
  DISTILLSTUDIO_LIBTORCH=$("$python" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))' 2>/dev/null)
  export DISTILLSTUDIO_LIBTORCH
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
home=$work/home
mkdir -p "$home"
rows=$work/rows
: > "$rows"

if [ "$shape" = base ]; then
  mkdir -p "$work/base"
  cp "$model/spiece.model" "$work/base/"
  cat > "$work/base/config.json" <<'CONFIG'
{"architectures": ["T5ForConditionalGeneration"], "model_type": "t5", "vocab_size": 32128, "d_model": 768, "d_kv": 64, "d_ff": 2048,
 "num_layers": 12, "num_decoder_layers": 12, "num_heads": 12, "relative_attention_num_buckets": 32,
 "relative_attention_max_distance": 128, "dropout_rate": 0.1, "layer_norm_epsilon": 1e-06, "initializer_factor": 1.0,
 "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false, "is_encoder_decoder": true, "pad_token_id": 0, "eos_token_id": 1,
 "decoder_start_token_id": 0}
CONFIG
  measured=$work/base
else
  measured=$model
fi

sources=(--dataset "$dataset" --data-dir "$data" --llm "$teacher" --model_type task_prefix --init random --batch_size "$batch"
  --device "$device" --home "$home")

# limited SECONDS COMMAND...: runs a command within its own limit and what is left of the whole; 124 if there was no time for it.
limited() {
  local seconds=$1 left=$((limit - SECONDS))
  shift
  if [ "$left" -lt 5 ]; then
    return 124
  fi
  timeout -k 5 "$((seconds < left ? seconds : left))" "$@"
}

# field FILE NAME: a number of the program's JSON; nothing if it has none.
field() {
  grep -o "\"$2\":[-0-9.eE+]*" "$1" 2>/dev/null | head -n 1 | cut -d: -f2
}

# scaled VALUE FACTOR FORMAT: a number in another unit; - if there is none.
scaled() {
  if [ -z "$1" ]; then
    echo -
  else
    awk -v value="$1" -v factor="$2" -v format="$3" 'BEGIN { printf format, value * factor }'
  fi
}

# why CODE FILE: what became of a part that failed.
why() {
  if [ "$1" -eq 124 ] || [ "$1" -eq 137 ]; then
    echo "no time left"
  else
    echo "failed: $(grep -m 1 . "$2" | cut -c 1-90)"
  fi
}

row() {
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >> "$rows"
}

# bench NAME [FLAG...]: a row of training and generation.
bench() {
  local name=$1 out=$work/bench.json code=0
  shift
  limited "$part" "$program" bench --model "$measured" "${sources[@]}" --steps "$steps" --json "$@" > "$out" 2> "$work/error" || code=$?
  if [ "$code" -ne 0 ]; then
    row "$name" - - - - "$(why "$code" "$work/error")"
    return
  fi
  local graphs
  graphs=$(field "$out" graphs)
  row "$name" "$(scaled "$(field "$out" examplesPerSecond)" 1 %.1f)" "$(scaled "$(field "$out" stepSeconds)" 1000 %.1f)" \
    "$(scaled "$(field "$out" generatedTokensPerSecond)" 1 %.0f)" "$(scaled "$(field "$out" peakMemoryBytes)" 1e-9 %.2f)" \
    "$(scaled "$(field "$out" utilization)" 100 %.1f) % of the products' peak of $(
      scaled "$(field "$out" matmulPeakFlopsPerSecond)" 1e-12 %.2f) TFLOP/s${graphs:+, $graphs graphs with $(
      scaled "$(field "$out" graphBytes)" 1e-9 %.2f) GB}, $(
      scaled "$(field "$out" estimatedMemoryBytes)" 1e-9 %.2f) GB estimated$(
      grep -o '"remarks":\["[^"]*' "$out" | sed 's/^"remarks":\["/; /')"
}

# train FOLDER [FLAG...]: a run of the small shape with checkpoints.
train() {
  local folder=$1
  shift
  limited "$part" "$program" train --from_pretrained "$model" "${sources[@]}" --max_steps 24 --eval_steps 24 --save-steps 8 \
    --keep-checkpoints 2 --eval-limit 16 --gen_max_len 8 --out "$folder" "$@" > "$work/train.log" 2>&1
}

# losses: the losses of the newest run, one a line.
losses() {
  local run
  run=$(find "$home/runs" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
  grep '"event":"progressed"' "$run/events.jsonl" | grep -o '"loss":[-0-9.eE+]*'
}

resumed() {
  local code=0
  train "$work/recorded" || code=$?
  if [ "$code" -ne 0 ]; then
    row "resumed run" - - - - "$(why "$code" "$work/train.log")"
    return
  fi
  losses > "$work/recorded.losses"
  local run
  run=$(find "$home/runs" -mindepth 1 -maxdepth 1 -type d | sort | tail -n 1)
  limited "$part" "$program" runs verify "$run" --steps 9-16 --device "$device" --data-dir "$data" --from_pretrained "$model" \
    --home "$home" > "$work/verify.log" 2>&1 || code=$?
  row "resumed run" - - - - "steps 9 to 16 computed again: $(
    grep -m 1 -i -E 'reproduced|differ' "$work/verify.log" || why "$code" "$work/verify.log")"

  code=0
  train "$work/single" --no-cuda-graphs || code=$?
  if [ "$code" -ne 0 ]; then
    row "recorded against single" - - - - "$(why "$code" "$work/train.log")"
    return
  fi
  losses > "$work/single.losses"
  row "recorded against single" - - - - "$(paste -d ' ' "$work/recorded.losses" "$work/single.losses" | awk -F '[: ]' '
    { difference = ($2 - $4) / $4; if (difference < 0) difference = -difference; if (difference > most) most = difference }
    END { printf "losses of %d steps, largest relative difference %.2g", NR, most }')"
}

# trial KIND: what the program's own trial on this GPU finds.
trial() {
  local code=0
  limited "$part" "$program" gpu-trial --device "$device" --with "$1" --home "$home" > "$work/trial.log" 2>&1 || code=$?
  case $code in
    0) row "trial of $1" - - - - "works$(sed -n '1s/^/: /p' "$work/trial.log")" ;;
    1) row "trial of $1" - - - - "not used: $(grep -m 1 . "$work/trial.log" | cut -c 1-140)" ;;
    *) row "trial of $1" - - - - "$(why "$code" "$work/trial.log")" ;;
  esac
}

# evaluated BEAMS: seconds, accuracy and remarks of an evaluation of the trained model.
evaluated() {
  local code=0
  limited "$part" "$program" evaluate --model "$work/recorded" --eval-limit 64 --beams "$1" --gen_max_len 32 --device "$device" \
    --data-dir "$data" --home "$home" --json > "$work/evaluated.json" 2> "$work/error" || code=$?
  if [ "$code" -ne 0 ]; then
    why "$code" "$work/error"
    return
  fi
  echo "$(scaled "$(field "$work/evaluated.json" seconds)" 1 %.1f) s, accuracy $(
    scaled "$(field "$work/evaluated.json" accuracy)" 100 %.1f) %$(sed -n '1s/^/; /p' "$work/error")"
}

# Beam search on the model that the resumed run has trained.
beams() {
  if [ -f "$work/recorded/config.json" ]; then
    row "64 rows evaluated" - - - - "greedily $(evaluated 1); with 4 beams $(evaluated 4)"
  else
    row "64 rows evaluated" - - - - "left out: no model was trained"
  fi
}

hugging_face() {
  if [ -z "$hf_speed" ] || [ ! -f "$hf_speed" ]; then
    row "Hugging Face" - - - - "left out: no script"
    return
  fi
  if ! "$python" -c 'import transformers, torch' 2> /dev/null; then
    row "Hugging Face" - - - - "left out: $python has no transformers"
    return
  fi
  local code=0 out=$work/hf.json
  if "$program" bench --help | grep -q -e --compare; then
    limited "$((2 * part))" "$program" bench --model "$measured" "${sources[@]}" --steps "$steps" --compare hf --python "$python" --json \
      > "$work/compared.json" 2> "$work/error" || code=$?
    grep -o '"comparison":.*' "$work/compared.json" > "$out" 2> /dev/null
  else
    limited "$part" "$python" "$hf_speed" > "$out" 2> "$work/error" || code=$?
  fi
  if [ "$code" -ne 0 ]; then
    row "Hugging Face" - - - - "$(why "$code" "$work/error")"
    return
  fi
  row "Hugging Face" "$(scaled "$(field "$out" examplesPerSecond)" 1 %.1f)" "$(scaled "$(field "$out" stepSeconds)" 1000 %.1f)" \
    "$(scaled "$(field "$out" generatedTokensPerSecond)" 1 %.0f)" - "$("$python" -c '
import torch, transformers
print(f"transformers {transformers.__version__}, torch {torch.__version__}")')"
}

# On a CPU the static step has to be asked for.
pass=auto
if [ "$device" = cpu ]; then
  pass=gpu
fi

kernels=$("$program" bench --help | grep -o -e '--no-[a-z-]*kernels' | head -n 1)
if [ -n "$kernels" ]; then
  bench "recorded, own kernels" --pass "$pass"
fi
bench "recorded" --pass "$pass" ${kernels:+"$kernels"}
bench "single, actual shapes" --pass autograd ${kernels:+"$kernels"}
hugging_face
trial attention
trial beams
resumed
beams
bench "single, static shapes" --pass "$pass" --no-cuda-graphs ${kernels:+"$kernels"}

echo "$shape shape, $dataset, step-by-step, batch $batch, $steps steps, $device, $SECONDS s in all"
if [ "$device" != cpu ]; then
  nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2> /dev/null
fi
{
  printf 'what\texamples/s\tms a step\ttokens/s generated\tGB at most\tremarks\n'
  cat "$rows"
} | awk -F '\t' '
  { for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (i < NF && length($i) > width[i]) width[i] = length($i) } }
  END {
    for (line = 1; line <= NR; line++) {
      for (i = 1; i < 6; i++) printf(i == 1 ? "%-*s  " : "%*s  ", width[i], cell[line, i])
      print cell[line, 6]
    }
  }'
