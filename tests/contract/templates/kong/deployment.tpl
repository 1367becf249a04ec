apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-kong
  labels: {app.kubernetes.io/name: kong, app.kubernetes.io/instance: {{ .Release.Name }}}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  selector: {matchLabels: {app: {{ .Release.Name }}-kong}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}-kong}
      annotations: {{ toYaml .Values.podAnnotations | nindent 8 }}
    spec:
      serviceAccountName: {{ .Release.Name }}-kong
      containers:
        {{- with .Values.ingressController }}
        {{- if .enabled }}
        - name: ingress-controller
          image: {{ .image.repository }}:{{ .image.tag }}
          env:
            - {name: CONTROLLER_INGRESS_CLASS, value: {{ .ingressClass | quote }}}
            {{- range $name, $value := .env }}
            - {name: CONTROLLER_{{ upper $name }}, value: {{ $value | quote }}}
            {{- end }}
          resources: {{ toYaml .resources | nindent 12 }}
        {{- end }}
        {{- end }}
        - name: proxy
          image: {{ .Values.image.repository }}:{{ .Values.image.tag }}
          env:
            {{- range $name, $value := .Values.env }}
            {{- if kindIs "map" $value }}
            - name: KONG_{{ upper $name }}
              {{- toYaml $value | nindent 14 }}
            {{- else }}
            - {name: KONG_{{ upper $name }}, value: {{ $value | quote }}}
            {{- end }}
            {{- end }}
          ports:
            - {name: proxy, containerPort: {{ .Values.proxy.http.containerPort }}}
            - {name: proxy-tls, containerPort: {{ .Values.proxy.tls.containerPort }}}
            {{- if and .Values.status.enabled .Values.status.http.enabled }}
            - {name: status, containerPort: {{ .Values.status.http.containerPort }}}
            {{- end }}
          resources: {{ toYaml .Values.resources | nindent 12 }}
          volumeMounts:
            {{- range .Values.secretVolumes }}
            - {name: {{ . }}, mountPath: /etc/secrets/{{ . }}}
            {{- end }}
      volumes:
        {{- range .Values.secretVolumes }}
        - {name: {{ . }}, secret: {secretName: {{ . }}}}
        {{- end }}
