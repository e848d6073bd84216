import './style.css';
import { createRoot } from 'react-dom/client';
import { Portal } from './Portal';

createRoot(document.getElementById('root')!).render(
  <main aria-labelledby="title">
    <h1 id="title">Notifications</h1>
    <p>Where your events go, and what became of each.</p>
    <Portal />
  </main>,
);
