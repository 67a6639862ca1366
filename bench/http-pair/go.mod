module kilometers.ai/bench/http-pair

go 1.19
