// @ts-check
// A 3D model in a box: light from everywhere, turned by dragging, by the wheel and by the arrow keys, drawn only when
// something moves.
import * as THREE from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { RoomEnvironment } from "three/addons/environments/RoomEnvironment.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { OBJLoader } from "three/addons/loaders/OBJLoader.js";
import { PLYLoader } from "three/addons/loaders/PLYLoader.js";
import { STLLoader } from "three/addons/loaders/STLLoader.js";

/**
 * @param {ArrayBuffer} data
 * @param {string} format
 * @returns {Promise<THREE.Object3D>}
 */
async function parse(data, format) {
  if (format === "glb" || format === "gltf") {
    // The address is empty on purpose: a scene may only use what it carries.
    return (await new GLTFLoader().parseAsync(data, "")).scene;
  }
  if (format === "obj") return new OBJLoader().parse(new TextDecoder().decode(data));
  const geometry = format === "stl" ? new STLLoader().parse(data) : new PLYLoader().parse(data);
  const vertexColors = geometry.hasAttribute("color");
  if (format === "ply" && !geometry.index) {
    return new THREE.Points(geometry, new THREE.PointsMaterial({ size: 0.01, vertexColors }));
  }
  geometry.computeVertexNormals();
  return new THREE.Mesh(geometry, new THREE.MeshStandardMaterial({ color: vertexColors ? 0xffffff : 0xb0b8c4, vertexColors, roughness: 0.6 }));
}

/**
 * Whether the browser draws without a GPU, where computing reflections takes 20 seconds (measured: SwiftShader, two cores).
 * @param {THREE.WebGLRenderer} renderer
 */
function drawsInSoftware(renderer) {
  const gl = renderer.getContext();
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  return /swiftshader|llvmpipe|software|basic render/i.test(names ? gl.getParameter(names.UNMASKED_RENDERER_WEBGL) : "");
}

/**
 * @param {HTMLElement} place
 * @param {ArrayBuffer} data
 * @param {string} format file extension without the dot
 * @param {{ background?: string | null, wireframe?: boolean }} options
 * @returns {Promise<() => void>} frees everything
 */
export async function view(place, data, format, { background = null, wireframe = false }) {
  const model = await parse(data, format);
  const renderer = new THREE.WebGLRenderer({ antialias: true, alpha: true });
  renderer.setPixelRatio(devicePixelRatio);
  renderer.toneMapping = THREE.ACESFilmicToneMapping;
  const scene = new THREE.Scene();
  if (background) scene.background = new THREE.Color(background);
  // One light from the upper left, so that the faces of a model without colours can be told apart.
  const sun = new THREE.DirectionalLight(0xffffff, 1.6);
  sun.position.set(-2, 3, 2);
  scene.add(sun);
  const reflections = drawsInSoftware(renderer) ? null : new THREE.PMREMGenerator(renderer);
  if (reflections) {
    scene.environment = reflections.fromScene(new RoomEnvironment(), 0.04).texture;
    scene.environmentIntensity = 0.5;
  } else {
    scene.add(new THREE.HemisphereLight(0xffffff, 0x8890a0, 2));
  }
  model.traverse((/** @type {any} */ each) => {
    for (const material of [each.material ?? []].flat()) {
      if ("wireframe" in material) material.wireframe = wireframe;
      // A metal shows what it reflects; without reflections it would be black.
      if (!reflections && material.metalness) material.metalness = 0;
    }
  });
  // Whatever its unit, the model fills the box.
  const box = new THREE.Box3().setFromObject(model);
  const size = box.getSize(new THREE.Vector3()).length() || 1;
  model.position.sub(box.getCenter(new THREE.Vector3()));
  const holder = new THREE.Group().add(model);
  holder.scale.setScalar(2 / size);
  scene.add(holder);

  const camera = new THREE.PerspectiveCamera(40, 1, 0.01, 100);
  camera.position.set(1.4, 1, 2.2);
  const controls = new OrbitControls(camera, renderer.domElement);
  const draw = () => renderer.render(scene, camera);
  controls.addEventListener("change", draw);
  const turn = (/** @type {KeyboardEvent} */ event) => {
    const angles = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15],
    })[event.key];
    if (!angles) return;
    event.preventDefault();
    event.stopPropagation();
    const at = new THREE.Spherical().setFromVector3(camera.position);
    at.theta += angles[0];
    at.phi += angles[1];
    camera.position.setFromSpherical(at.makeSafe());
    controls.update();
    draw();
  };
  place.addEventListener("keydown", turn);
  const fit = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = place;
    if (!width || !height) return;
    renderer.setSize(width, height);
    camera.aspect = width / height;
    camera.updateProjectionMatrix();
    draw();
  });
  place.replaceChildren(renderer.domElement);
  fit.observe(place);
  controls.update();
  draw();
  return () => {
    fit.disconnect();
    place.removeEventListener("keydown", turn);
    controls.dispose();
    model.traverse((/** @type {any} */ each) => {
      each.geometry?.dispose();
      for (const material of [each.material ?? []].flat()) material.dispose();
    });
    reflections?.dispose();
    renderer.dispose();
    renderer.forceContextLoss(); // a browser keeps about sixteen of them
    place.replaceChildren();
  };
}
