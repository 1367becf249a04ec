apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-kong-proxy
  annotations: {{ toYaml .Values.proxy.annotations | nindent 4 }}
spec:
  type: {{ .Values.proxy.type }}
  {{- with .Values.proxy.loadBalancerSourceRanges }}
  loadBalancerSourceRanges: {{ toYaml . | nindent 4 }}
  {{- end }}
  selector: {app: {{ .Release.Name }}-kong}
  ports:
    - {name: kong-proxy, port: {{ .Values.proxy.http.servicePort }}, targetPort: {{ .Values.proxy.http.containerPort }}}
    - {name: kong-proxy-tls, port: {{ .Values.proxy.tls.servicePort }}, targetPort: {{ .Values.proxy.tls.containerPort }}}
{{- range $name := list "admin" "manager" }}
{{- $part := index $.Values $name }}
{{- if $part.enabled }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $.Release.Name }}-kong-{{ $name }}
spec:
  type: {{ $part.type }}
  selector: {app: {{ $.Release.Name }}-kong}
  ports: [{name: {{ $name }}-tls, port: {{ ($part.tls).servicePort | default 8445 }}}]
{{- end }}
{{- end }}
