#!/bin/bash
# Workers without Redis, one for each task of an array: sbatch slurm-array.sh. Before, once, on the login node:
#   ringformer batch submit corpus.de -o "$HOME/run"
# and after: ringformer batch join "$HOME/run" -o corpus.en
# To compute what is left, submit it again, all of it or only some tasks (--array=3,7): PARTS stays as it is.
#SBATCH --job-name=ringformer-batch
#SBATCH --array=0-15
#SBATCH --cpus-per-task=4
#SBATCH --mem=1G
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@60
#SBATCH --output=ringformer-%A-%a.log
set -eu
PARTS=16 # the number of tasks above
RUN="${RUN:-$HOME/run}"
exec srun ringformer batch work "$RUN" --shard "$SLURM_ARRAY_TASK_ID/$PARTS" --threads "$SLURM_CPUS_PER_TASK"
