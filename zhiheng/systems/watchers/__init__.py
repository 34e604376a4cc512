"""Social quality watchers (社会质量监督员): appointment, tasks, clues with place and photograph, reward."""
