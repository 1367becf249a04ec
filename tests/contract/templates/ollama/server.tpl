{{- $gpu := .Values.ollama.gpu }}
{{- $suffix := ternary "-rocm" "" (and $gpu.enabled (eq $gpu.type "amd")) }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Values.fullnameOverride }}
spec:
  replicas: {{ .Values.replicaCount }}
  strategy: {{ toYaml .Values.updateStrategy | nindent 4 }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
        {{- with .Values.podLabels }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      {{- with .Values.initContainers }}
      initContainers: {{ tpl (toYaml .) $ | nindent 8 }}
      {{- end }}
      {{- with .Values.nodeSelector }}
      nodeSelector: {{ toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.tolerations }}
      tolerations: {{ toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: ollama
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default (print .Chart.AppVersion $suffix) }}"
          ports: [{name: http, containerPort: {{ .Values.ollama.port }}}]
          {{- with .Values.extraEnv }}
          env: {{ toYaml . | nindent 12 }}
          {{- end }}
          resources:
            requests: {{ toYaml .Values.resources.requests | nindent 14 }}
            limits:
              {{- if $gpu.enabled }}
              {{ $gpu.type }}.com/gpu: {{ $gpu.number }}
              {{- end }}
              {{- with .Values.resources.limits }}{{ toYaml . | nindent 14 }}{{ end }}
          volumeMounts: [{name: ollama-data, mountPath: /root/.ollama}]
      volumes:
        - name: ollama-data
          {{- if .Values.persistentVolume.enabled }}
          persistentVolumeClaim: {claimName: {{ .Values.persistentVolume.existingClaim | default .Values.fullnameOverride }}}
          {{- else }}
          emptyDir: {}
          {{- end }}
