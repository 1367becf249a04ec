module inference.gateway/lab/kthena-v1.0.0

go 1.26.0

require github.com/volcano-sh/kthena v1.0.0
