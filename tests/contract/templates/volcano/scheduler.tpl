apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-scheduler
spec:
  selector: {matchLabels: {app: {{ .Release.Name }}-scheduler}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}-scheduler}}
    spec:
      containers:
        - {name: scheduler, image: "docker.io/volcanosh/vc-scheduler:{{ .Values.basic.image_tag_version }}"}
