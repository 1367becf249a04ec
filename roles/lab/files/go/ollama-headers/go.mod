module inference.gateway/lab/ollama-headers

go 1.26.0

require github.com/ollama/ollama v0.6.5
